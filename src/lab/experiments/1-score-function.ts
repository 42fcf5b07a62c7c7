import { Random } from '../../core/random.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { discountedReturns } from '../../estimators/returns.ts';
import { barFigure, lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import { addScores, littleMaze, MAZE_HORIZON, MAZE_LOGITS, rewardsOf } from '../problems/little-maze.ts';
import { sampleTrajectory, softmaxPolicy, type Trajectory, trajectoriesOf } from '../problems/tabular-mdp.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

const EPISODES = 40_000;
const KINDS = ['full', 'to-go'] as const;
type Kind = (typeof KINDS)[number];
/** Episodes to a mean whose error is measured. */
const SIZES = [4, 16, 64, 256, 1024, 4096];
/** Discounts at which gamma^t is left out. */
const GAMMAS = [0.99, 0.95, 0.9, 0.7, 0.5];
const NAMES: Record<Kind, string> = { full: 'full return', 'to-go': 'return-to-go' };

export const scoreFunction: Experiment = {
  id: 'score-function',
  title: 'The score-function estimator is unbiased, and return-to-go has less variance',
  paper: 'Williams 1992, "Simple statistical gradient-following algorithms for connectionist reinforcement learning"',
  formula: `
grad J = E[ sum_t grad log pi(a_t|s_t) G_t ]
G_t = sum_k r_k         full return
G_t = sum_{k>=t} r_k    return-to-go: what an action cannot have caused is noise
with a discount:        grad J = E[ sum_t gamma^t grad log pi(a_t|s_t) G_t ],   G_t = sum_{k>=t} gamma^(k-t) r_k`,
  about: `A maze of three rooms with two unreliable doors each, and a softmax policy with a logit for each door. So little can happen in ${MAZE_HORIZON} steps that all of it is written down: mean and variance of each estimator are then sums over every episode there is. The gradient they are held against comes from J alone, by differences. After that the same estimators see ${EPISODES.toLocaleString('en-US')} episodes drawn at random.

Training leaves gamma^t out, here as elsewhere, since states late in an episode matter too. What remains is not the gradient of J, nor of any other function (Nota and Thomas 2020, "Is the policy gradient a gradient?"); the last table tells how far it is off.`,

  run({ seed, onProgress }) {
    const mdp = littleMaze(1);
    const policy = softmaxPolicy(MAZE_LOGITS, mdp.actions);
    const truth = gradientByDifferences(mdp);

    const exact = momentsByKind();
    for (const trajectory of trajectoriesOf(mdp, policy, MAZE_HORIZON)) {
      for (const kind of KINDS) exact[kind].add(estimate(mdp, trajectory, kind), trajectory.probability);
    }

    const random = new Random(seed);
    const sampled = momentsByKind();
    const estimates: Record<Kind, Float64Array[]> = { full: [], 'to-go': [] };
    for (let n = 1; n <= EPISODES; n++) {
      const trajectory = sampleTrajectory(mdp, policy, MAZE_HORIZON, random);
      for (const kind of KINDS) {
        const gradient = estimate(mdp, trajectory, kind);
        sampled[kind].add(gradient);
        estimates[kind].push(gradient);
      }
      if (n % 400 === 0) onProgress?.(n / EPISODES);
    }

    const discounted = GAMMAS.map(withoutStateDiscount);
    const ratio = exact['to-go'].totalVariance / exact.full.totalVariance;
    const sampledRatio = sampled['to-go'].totalVariance / sampled.full.totalVariance;
    return {
      verdicts: [
        ...KINDS.map((kind) =>
          within(`${NAMES[kind]}: |mean over every episode - gradient|`, distance(exact[kind].mean, truth), 0, 1e-6),
        ),
        ...KINDS.map((kind) =>
          within(`${NAMES[kind]}: sampled mean, standard errors off`, sampled[kind].largestDeviation(truth), 0, 4.5),
        ),
        within('variance of return-to-go / of full return, exact', ratio, 0, 0.9),
        within('the same, sampled / exact', sampledRatio / ratio, 0.9, 1.1),
        ...KINDS.map((kind) =>
          within(
            `${NAMES[kind]}: error of means of ${SIZES[3]} episodes / root of variance / ${SIZES[3]}`,
            errorOfMeans(estimates[kind], SIZES[3], truth) / Math.sqrt(exact[kind].totalVariance / SIZES[3]),
            0.8,
            1.2,
          ),
        ),
        within(
          'discounted, with gamma^t: largest |mean over every episode - gradient|',
          Math.max(...discounted.map(({ weighted }) => weighted)),
          0,
          1e-6,
        ),
        within(
          'without gamma^t at gamma = 0.5: bias, as a share of the gradient',
          discounted[discounted.length - 1].bias,
          0.05,
          Infinity,
        ),
      ],
      figures: [
        barFigure({
          title: 'The gradient and what the estimators give on average',
          xLabel: 'logit: room, door',
          yLabel: 'dJ / dlogit',
          categories: [...MAZE_LOGITS].map((_, i) => `${Math.floor(i / 2)}, ${i % 2}`),
          series: [
            { name: 'exact', values: [...truth] },
            ...KINDS.map((kind) => ({ name: `${NAMES[kind]}, sampled`, values: [...sampled[kind].mean] })),
          ],
        }),
        lineFigure({
          title: 'The error falls with the root of the episodes',
          xLabel: 'episodes',
          yLabel: '|mean of so many - gradient|, root mean square',
          x: SIZES.map(String),
          series: KINDS.map((kind) => ({
            name: NAMES[kind],
            values: SIZES.map((size) => errorOfMeans(estimates[kind], size, truth)),
          })),
          logY: true,
        }),
      ],
      tables: [
        {
          caption: 'Variance of one episode',
          emphasis: [],
          columns: ['Estimator', 'Exact', 'Sampled'],
          rows: KINDS.map((kind) => [NAMES[kind], exact[kind].totalVariance, sampled[kind].totalVariance]),
        },
        {
          caption: 'Return-to-go without gamma^t',
          emphasis: [],
          columns: ['gamma', 'Bias / gradient', 'Angle between them'],
          rows: discounted.map(({ bias, degrees }, i) => [
            String(GAMMAS[i]),
            `${(100 * bias).toFixed(1)} %`,
            `${degrees.toFixed(1)}\u00b0`,
          ]),
        },
      ],
    };
  },
};

function momentsByKind(): Record<Kind, VectorMoments> {
  return { full: new VectorMoments(MAZE_LOGITS.length), 'to-go': new VectorMoments(MAZE_LOGITS.length) };
}

/** The estimate of the gradient that one episode gives. */
function estimate(mdp: TabularMdp, trajectory: Trajectory, kind: Kind): Float64Array {
  return gradientOf(mdp, trajectory, returnsOf(mdp, trajectory, kind));
}

function returnsOf(mdp: TabularMdp, trajectory: Trajectory, kind: Kind): Float64Array {
  const rewards = rewardsOf(mdp, trajectory);
  const returns = new Float64Array(rewards.length);
  discountedReturns(rewards, Int32Array.of(0, rewards.length), Float64Array.of(0), mdp.gamma, kind, returns);
  return returns;
}

/** sum_t credit_t grad log pi(a_t|s_t). */
function gradientOf({ actions }: TabularMdp, trajectory: Trajectory, credit: Float64Array): Float64Array {
  const gradient = new Float64Array(MAZE_LOGITS.length);
  addScores(MAZE_LOGITS, actions, trajectory, credit, gradient);
  return gradient;
}

/** Return-to-go under a discount, on average: how far off the gradient it is with gamma^t, and without. */
function withoutStateDiscount(gamma: number): { weighted: number; bias: number; degrees: number } {
  const mdp = littleMaze(gamma);
  const truth = gradientByDifferences(mdp);
  const weighted = new VectorMoments(MAZE_LOGITS.length);
  const plain = new VectorMoments(MAZE_LOGITS.length);
  for (const trajectory of trajectoriesOf(mdp, softmaxPolicy(MAZE_LOGITS, mdp.actions), MAZE_HORIZON)) {
    const returns = returnsOf(mdp, trajectory, 'to-go');
    plain.add(gradientOf(mdp, trajectory, returns), trajectory.probability);
    const credit = returns.map((g, t) => gamma ** t * g);
    weighted.add(gradientOf(mdp, trajectory, credit), trajectory.probability);
  }
  const norms = Math.hypot(...truth) * Math.hypot(...plain.mean);
  const cosine = plain.mean.reduce((sum, value, i) => sum + value * truth[i], 0) / norms;
  return {
    weighted: distance(weighted.mean, truth),
    bias: distance(plain.mean, truth) / Math.hypot(...truth),
    degrees: (Math.acos(Math.min(cosine, 1)) * 180) / Math.PI,
  };
}

/** dJ/dlogits from J alone, by central differences: knows nothing of scores. */
function gradientByDifferences(mdp: TabularMdp): Float64Array {
  const objective = (logits: Float64Array): number => {
    let mean = 0;
    for (const trajectory of trajectoriesOf(mdp, softmaxPolicy(logits, mdp.actions), MAZE_HORIZON)) {
      mean += trajectory.probability * returnsOf(mdp, trajectory, 'to-go')[0];
    }
    return mean;
  };
  const step = 1e-5;
  return Float64Array.from(MAZE_LOGITS, (_, i) => {
    const moved = (by: number) => Float64Array.from(MAZE_LOGITS, (logit, k) => (k === i ? logit + by : logit));
    return (objective(moved(step)) - objective(moved(-step))) / (2 * step);
  });
}

/** How far means of so many estimates each lie off the truth: root mean square over as many as there are. */
function errorOfMeans(estimates: readonly Float64Array[], size: number, truth: Float64Array): number {
  let squares = 0;
  let means = 0;
  for (let from = 0; from + size <= estimates.length; from += size) {
    const moments = new VectorMoments(truth.length);
    for (let i = from; i < from + size; i++) moments.add(estimates[i]);
    squares += distance(moments.mean, truth) ** 2;
    means++;
  }
  return Math.sqrt(squares / means);
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}
