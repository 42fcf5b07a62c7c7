import { Random } from '../../core/random.ts';
import { effectiveSampleSize, type ImportanceKind, importanceWeights } from '../../estimators/importance.ts';
import type { VtraceOptions } from '../../estimators/vtrace.ts';
import { lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import {
  CHAIN,
  CHAIN_MU,
  CHAIN_PI,
  clippedPolicy,
  distance,
  fixedPoint,
  LARGEST_RATIO,
  SMALLEST_RATIO,
} from '../problems/off-policy-chain.ts';
import { valuesOf } from '../problems/tabular-mdp.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

/** Two choices at every step, of which the first pays 1: what one policy expects from what the other sees. */
const PI = [0.8, 0.2] as const;
const MU = [0.5, 0.5] as const;
/** E_mu[(pi / mu)^2] = 1.36 a step. */
const SECOND_MOMENT = PI.reduce((sum, p, a) => sum + p ** 2 / MU[a], 0);
const HORIZON = 10;
const LONGEST = 12;
const EPISODES = 200_000;
/** Episodes an estimate is the mean of, where bias is weighed against spread. */
const BATCH = 100;
const CLIPS = [1, 2, 3, 5, 8, 12, 20, 40, 80, 120];

const RHO_BARS = Array.from({ length: 25 }, (_, i) => (i + 1) / 10);
const PLAIN: VtraceOptions = { gamma: CHAIN.gamma, lambda: 1, rhoClip: 1, cClip: 1, pgRhoClip: 1 };

export const importance: Experiment = {
  id: 'importance-weights',
  title: 'Importance weights explode with the horizon, clipping them is biased, and V-trace says towards what',
  paper:
    'Precup, Sutton and Singh 2000, "Eligibility traces for off-policy policy evaluation"; Espeholt et al. 2018, "IMPALA"',
  formula: `
Var(prod_t pi/mu) = E[(pi/mu)^2]^T - 1,   effective samples / samples -> E[(pi/mu)^2]^-T
full product:  W_T sum_t r_t       per decision:  sum_t W_t r_t       clipped:  sum_t min(W_t, c) r_t
V-trace:       V <- V + E_mu[sum_t gamma^t c_0...c_t-1 rho_t (r_t + gamma V(s_t+1) - V(s_t))]
               has the fixed point V of the policy proportional to min(rhoBar mu(a|s), pi(a|s))`,
  about: `Two choices at every step, of which the first pays 1. The policy to be judged takes it with probability ${PI[0]}, the one that acts with ${MU[0]}. A weight of a step is then 1.6 or 0.4, 1 on average, and the product over an episode is mostly next to nothing and now and then enormous: with every step the share of samples that count falls by the same factor. All sums are over every sequence of choices there is; ${EPISODES.toLocaleString('en-US')} drawn episodes say the same.

Weighing each reward only by the choices before it leaves the mean and takes most of the variance away. Clipping the weights takes more, and is biased: the error of a mean of ${BATCH} episodes has its least in between.

V-trace clips too, and for it the bias has a name. On a chain small enough to be solved exactly, its updates settle at the values of a policy between the two, the more like the acting one the lower rhoBar is. The other clip, c-bar, decides how quickly it gets there, and not where it gets.`,

  run({ seed, onProgress }) {
    const horizons = Array.from({ length: LONGEST }, (_, t) => t + 1);
    const sampled = sampledProducts(new Random(seed));
    onProgress?.(0.5);
    const exactVariance = horizons.map((horizon) => SECOND_MOMENT ** horizon - 1);
    const [full, perDecision] = (['full', 'per-decision'] as const).map((kind) =>
      horizons.map((horizon) => estimateMoments(kind, Infinity, horizon)),
    );
    const clipped = CLIPS.map((clip) => estimateMoments('clipped', clip, HORIZON));
    const truth = PI[0] * HORIZON;
    const at = HORIZON - 1;
    const rootMeanSquare = ({ mean, variance }: Moments): number => Math.sqrt((mean - truth) ** 2 + variance / BATCH);
    const enumerated = productVariance(HORIZON);
    onProgress?.(0.7);

    const piValues = valuesOf(CHAIN, CHAIN_PI);
    const muValues = valuesOf(CHAIN, CHAIN_MU);
    const scan = RHO_BARS.map((rhoClip) => {
      const values = fixedPoint({ ...PLAIN, rhoClip, cClip: Math.min(1, rhoClip) }, 2).values;
      return { rhoClip, values, ofClipped: valuesOf(CHAIN, clippedPolicy(rhoClip)) };
    });
    const unit = fixedPoint(PLAIN, 4);
    const variants = [
      fixedPoint(PLAIN, 1),
      fixedPoint({ ...PLAIN, cClip: 0 }, 4),
      fixedPoint({ ...PLAIN, cClip: 0.5 }, 4),
      fixedPoint({ ...PLAIN, lambda: 0.5 }, 3),
    ];
    const binding = scan.filter(({ rhoClip }) => rhoClip < LARGEST_RATIO);
    const free = scan.filter(({ rhoClip }) => rhoClip >= LARGEST_RATIO);
    const tight = scan.filter(({ rhoClip }) => rhoClip <= SMALLEST_RATIO);
    onProgress?.(1);

    const start = CHAIN.start.indexOf(1);
    const noBias = Math.max(Math.abs(full[at].mean - truth), Math.abs(perDecision[at].mean - truth));
    return {
      verdicts: [
        within(
          `variance of the product over ${HORIZON} steps, every sequence / formula - 1`,
          enumerated / exactVariance[at] - 1,
          -1e-9,
          1e-9,
        ),
        within('the same, sampled / formula', sampled.variance[at] / exactVariance[at], 0.75, 1.25),
        within('effective share of samples / formula', sampled.effective[at] * SECOND_MOMENT ** HORIZON, 0.75, 1.3),
        within('bias of full product and per decision', noBias, 0, 1e-9),
        within('variance per decision / with the full product', perDecision[at].variance / full[at].variance, 0, 0.8),
        within('bias of clipping off what the binomial formula gives, all clips', clippingError(clipped), 0, 1e-9),
        within('bias of clipping at 2', clipped[CLIPS.indexOf(2)].mean - truth, -truth, -1),
        within('bias of clipping where no weight gets to', clipped[CLIPS.length - 1].mean - truth, -1e-9, 1e-9),
        within(
          `error of ${BATCH} episodes: best clip / no clip`,
          Math.min(...clipped.map(rootMeanSquare)) / rootMeanSquare(perDecision[at]),
          0,
          0.9,
        ),
        within(
          'V-trace, fixed point off V of the clipped policy, all rhoBar',
          furthest(scan.map(({ values, ofClipped }) => [values, ofClipped])),
          0,
          1e-6,
        ),
        within(
          'V-trace, fixed points apart for other c-bar, lambda and lengths of segments',
          furthest(variants.map(({ values }) => [values, unit.values])),
          0,
          1e-6,
        ),
        within(
          'rhoBar >= every pi/mu: fixed point off V of pi',
          furthest(free.map(({ values }) => [values, piValues])),
          0,
          1e-6,
        ),
        within(
          'rhoBar below some pi/mu: least distance from V of pi',
          Math.min(...binding.map(({ values }) => distance(values, piValues))),
          1e-4,
          Infinity,
        ),
        within(
          'rhoBar <= every pi/mu: fixed point off V of mu',
          furthest(tight.map(({ values }) => [values, muValues])),
          0,
          1e-6,
        ),
        within(
          'sweeps to the fixed point, c-bar 0 / c-bar 1',
          variants[1].errors.length / unit.errors.length,
          1.5,
          Infinity,
        ),
      ],
      figures: [
        lineFigure({
          title: 'Variance over the horizon',
          xLabel: 'steps of an episode',
          yLabel: 'variance',
          x: horizons,
          logY: true,
          series: [
            { name: 'product of weights, formula', values: exactVariance, expected: true },
            { name: 'the same, sampled', values: sampled.variance },
            { name: 'return by full product', values: full.map(({ variance }) => variance) },
            { name: 'return per decision', values: perDecision.map(({ variance }) => variance) },
          ],
        }),
        lineFigure({
          title: 'How many of the samples count',
          xLabel: 'steps of an episode',
          yLabel: 'effective samples / samples',
          x: horizons,
          logY: true,
          series: [
            { name: 'formula', values: horizons.map((horizon) => SECOND_MOMENT ** -horizon), expected: true },
            { name: `${EPISODES.toLocaleString('en-US')} samples`, values: sampled.effective },
          ],
        }),
        lineFigure({
          title: `Clipping trades spread for bias (${HORIZON} steps)`,
          xLabel: 'bound on a weight',
          yLabel: `error of the mean of ${BATCH} episodes`,
          note: 'exact',
          x: CLIPS.map(String),
          xType: 'category',
          series: [
            { name: 'bias, downwards', values: clipped.map(({ mean }) => truth - mean) },
            { name: 'spread', values: clipped.map(({ variance }) => Math.sqrt(variance / BATCH)) },
            { name: 'both', values: clipped.map(rootMeanSquare), emphasis: true },
          ],
        }),
        lineFigure({
          title: 'What V-trace settles at, in the middle of a chain',
          xLabel: `rhoBar (largest pi/mu: ${LARGEST_RATIO})`,
          yLabel: 'value',
          x: RHO_BARS,
          series: [
            { name: 'V-trace', values: scan.map(({ values }) => values[start]), emphasis: true },
            { name: 'V of pi', values: RHO_BARS.map(() => piValues[start]) },
            { name: 'V of mu', values: RHO_BARS.map(() => muValues[start]) },
          ],
        }),
        lineFigure({
          title: 'c-bar sets the speed of V-trace, not where it goes',
          xLabel: 'sweeps',
          yLabel: 'distance from the fixed point',
          x: variants[1].errors.map((_, sweep) => sweep),
          logY: true,
          series: [
            { name: 'c-bar 0', values: variants[1].errors },
            { name: 'c-bar 0.5', values: variants[2].errors },
            { name: 'c-bar 1', values: unit.errors },
          ],
        }),
      ],
    };
  },
};

/** Variance of the product and effective share of samples, after 1 to `LONGEST` steps, from samples of mu. */
function sampledProducts(random: Random): { variance: number[]; effective: number[] } {
  const moments = new VectorMoments(LONGEST);
  const byHorizon = Array.from({ length: LONGEST }, () => new Float64Array(EPISODES));
  const logRatios = new Float64Array(LONGEST);
  const weights = new Float64Array(LONGEST);
  for (let n = 0; n < EPISODES; n++) {
    for (let t = 0; t < LONGEST; t++) logRatios[t] = logRatio(random.double() < MU[0] ? 0 : 1);
    // Entry t is the whole product of an episode of t + 1 steps.
    importanceWeights('per-decision', Infinity, logRatios, 0, LONGEST, weights);
    moments.add(weights);
    for (let t = 0; t < LONGEST; t++) byHorizon[t][n] = weights[t];
  }
  return {
    variance: [...moments.variance],
    effective: byHorizon.map((products) => effectiveSampleSize(products) / EPISODES),
  };
}

function logRatio(action: 0 | 1): number {
  return Math.log(PI[action] / MU[action]);
}

interface Moments {
  mean: number;
  variance: number;
}

/** Exact mean and variance of what one episode of mu says of the return of pi, from every sequence of choices. */
function estimateMoments(kind: ImportanceKind, clip: number, horizon: number): Moments {
  const moments = new VectorMoments(1);
  for (const { probability, rewards, weights } of sequences(kind, clip, horizon)) {
    moments.add([rewards.reduce((sum, reward, t) => sum + weights[t] * reward, 0)], probability);
  }
  return { mean: moments.mean[0], variance: moments.totalVariance };
}

function productVariance(horizon: number): number {
  const moments = new VectorMoments(1);
  for (const { probability, weights } of sequences('full', Infinity, horizon)) moments.add([weights[0]], probability);
  return moments.totalVariance;
}

/** Every sequence of choices: its probability under mu, its rewards and their weights. The arrays are used again. */
function* sequences(kind: ImportanceKind, clip: number, horizon: number) {
  const logRatios = new Float64Array(horizon);
  const rewards = new Float64Array(horizon);
  const weights = new Float64Array(horizon);
  for (let code = 0; code < 2 ** horizon; code++) {
    let probability = 1;
    for (let t = 0; t < horizon; t++) {
      const action = ((code >> t) & 1) as 0 | 1;
      probability *= MU[action];
      rewards[t] = action === 0 ? 1 : 0;
      logRatios[t] = logRatio(action);
    }
    importanceWeights(kind, clip, logRatios, 0, horizon, weights);
    yield { probability, rewards, weights };
  }
}

/** How far off the means under clipping are, found another way: a weight depends on no more than how often the first choice was made. */
function clippingError(found: readonly Moments[]): number {
  const errors = CLIPS.map((clip, i) => {
    let expected = 0;
    for (let before = 0; before < HORIZON; before++) {
      let ways = 1;
      for (let firsts = 0; firsts <= before; firsts++) {
        const weight = (PI[0] / MU[0]) ** (firsts + 1) * (PI[1] / MU[1]) ** (before - firsts);
        expected += ways * MU[0] ** (firsts + 1) * MU[1] ** (before - firsts) * Math.min(weight, clip);
        ways *= (before - firsts) / (firsts + 1);
      }
    }
    return Math.abs(found[i].mean - expected);
  });
  return Math.max(...errors);
}

function furthest(pairs: readonly (readonly [Float64Array, Float64Array])[]): number {
  return Math.max(...pairs.map(([a, b]) => distance(a, b)));
}
