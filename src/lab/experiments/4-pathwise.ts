import { Random } from '../../core/random.ts';
import { taylorControl, taylorCorrection } from '../../estimators/control-variates.ts';
import { Gaussian } from '../../policy/distributions/gaussian.ts';
import { lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

const SAMPLES = 60_000;
const DEVIATIONS = [0.03, 0.06, 0.12, 0.25, 0.5, 1, 2];
const NOISE = 1;
/** How far the mean is from the best action. */
const OFF = 0.7;

/** Share of the slope that the wrong model of the reward knows. */
const KNOWN = 0.5;

const KINDS = ['score', 'baseline', 'half', 'corrected', 'pathwise'] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Record<Kind, string> = {
  score: 'score function',
  baseline: 'score function, best constant baseline',
  half: 'the same, half the slope taken along the path',
  corrected: 'the same, the slope taken along the path',
  pathwise: 'pathwise',
};

/** Variance of one sample, by the moments of a normal number; `noise` is the deviation of what is added to rewards. */
const FORMULAS: Record<Kind, (sigma: number, noise: number) => number> = {
  score: (sigma, noise) => OFF ** 4 / sigma ** 2 + 14 * OFF ** 2 + 15 * sigma ** 2 + noise ** 2 / sigma ** 2,
  baseline: (sigma, noise) => 8 * OFF ** 2 + 10 * sigma ** 2 + noise ** 2 / sigma ** 2,
  half: (sigma, noise) => 8 * ((1 - KNOWN) * OFF) ** 2 + 10 * sigma ** 2 + noise ** 2 / sigma ** 2,
  corrected: (sigma, noise) => 10 * sigma ** 2 + noise ** 2 / sigma ** 2,
  pathwise: (sigma) => 4 * sigma ** 2,
};

export const pathwiseOrScore: Experiment = {
  id: 'pathwise',
  title: 'The pathwise gradient grows sure as exploration shrinks, the score function does not',
  paper: 'Mohamed et al. 2020, "Monte Carlo gradient estimation in machine learning", sections 4 and 5',
  formula: `
a = mu + sigma noise,   r(a) = -(a - a*)^2,   dJ/dmu = -2 (mu - a*)
score function  grad log pi(a) (r - b) = (noise / sigma) (r - b)    variance ~ r^2 / sigma^2 without b
both            grad log pi(a) (r - b - h(a)) + dh/da,  h(a) = slope (a - mu)     unbiased for any slope (Q-Prop)
pathwise        dr/da = -2 (a - a*)                                 variance = 4 sigma^2
noise of deviation eta in the reward adds eta^2 / sigma^2 to the first, whatever b, nothing to the second`,
  about: `One number is the action, drawn around a mean that is ${OFF} away from the best one, and the reward is a parabola. Both estimators of dJ/dmu are those that training uses, on ${SAMPLES.toLocaleString('en-US')} draws at each deviation sigma, and normal moments give the variance of each exactly.

The score function only knows that an action was good, not in which direction it would have been better. The smaller sigma, the less the draws differ, and the more of what it sees is the reward that all of them share. The best constant baseline takes that share away, and what is left no longer grows. The pathwise gradient differentiates the reward itself: it is exact where nothing is drawn.

Noise in the reward settles it: no baseline knows it, the score function divides it by sigma, and pathwise never sees it. What pathwise asks for in return is a reward and dynamics that can be differentiated.`,

  run({ seed, onProgress }) {
    const random = new Random(seed);
    const found = (noise: number) =>
      DEVIATIONS.map((sigma, i) => {
        const moments = sampled(sigma, noise, random);
        onProgress?.(((noise > 0 ? DEVIATIONS.length : 0) + i + 1) / (2 * DEVIATIONS.length));
        return moments;
      });
    const quiet = found(0);
    const noisy = found(NOISE);
    const variances = (all: Record<Kind, VectorMoments>[], kind: Kind) =>
      all.map((moments) => moments[kind].totalVariance);
    const worst = (all: Record<Kind, VectorMoments>[], noise: number, kind: Kind): number =>
      Math.max(
        ...variances(all, kind).map((variance, i) => Math.abs(variance / FORMULAS[kind](DEVIATIONS[i], noise) - 1)),
      );
    const slope = (kind: Kind): number =>
      Math.log(quiet[1][kind].totalVariance / quiet[0][kind].totalVariance) / Math.log(DEVIATIONS[1] / DEVIATIONS[0]);

    return {
      verdicts: [
        ...KINDS.map((kind) =>
          within(
            `${NAMES[kind]}: mean off the gradient, standard errors, all deviations`,
            Math.max(...[...quiet, ...noisy].map((moments) => moments[kind].largestDeviation([-2 * OFF]))),
            0,
            4.5,
          ),
        ),
        ...KINDS.map((kind) => within(`${NAMES[kind]}: largest error of the formula`, worst(quiet, 0, kind), 0, 0.1)),
        ...KINDS.map((kind) =>
          within(`${NAMES[kind]}: the same with noisy rewards`, worst(noisy, NOISE, kind), 0, 0.1),
        ),
        within('power of sigma with which the variance of the score function goes', slope('score'), -2.1, -1.6),
        within('the same of pathwise', slope('pathwise'), 1.9, 2.1),
      ],
      figures: [
        figure('Variance as exploration shrinks', quiet),
        figure(`The same with rewards that carry noise of deviation ${NOISE}`, noisy),
      ],
    };

    function figure(title: string, all: Record<Kind, VectorMoments>[]): string {
      return lineFigure({
        title,
        xLabel: 'sigma, the deviation of actions',
        yLabel: 'variance of the gradient from one sample',
        x: DEVIATIONS.map(String),
        series: KINDS.map((kind) => ({ name: NAMES[kind], values: variances(all, kind) })),
        logY: true,
      });
    }
  },
};

/** Both estimators of dJ/dmu by the distribution that training uses. */
function sampled(sigma: number, noise: number, random: Random): Record<Kind, VectorMoments> {
  const logStd = { values: Float32Array.of(Math.log(sigma)), gradients: new Float32Array(1) };
  const gaussian = new Gaussian([-Infinity], [Infinity], logStd);
  const mean = Float32Array.of(OFF);
  const draw = new Float32Array(1);
  const action = new Float32Array(1);
  const slope = new Float32Array(1);
  const gradient = new Float32Array(1);
  const expected = -(OFF ** 2 + sigma ** 2);
  const std = [Math.fround(sigma)];
  const dMean = new Float64Array(1);
  const dLogStd = new Float64Array(1);
  const flat = [0];
  const create = () => new VectorMoments(1);
  const moments = { score: create(), baseline: create(), half: create(), corrected: create(), pathwise: create() };
  for (let n = 0; n < SAMPLES; n++) {
    draw[0] = random.normal();
    gaussian.transform(mean, 0, draw, 0, action, 0);
    const reward = -(action[0] ** 2) + noise * random.normal();
    slope[0] = -2 * action[0];
    gaussian.backwardPath(slope, 0, 0, gradient, 0);
    moments.pathwise.add(gradient);
    for (const [kind, baseline, known] of [
      ['score', 0, 0],
      ['baseline', expected, 0],
      ['half', expected, KNOWN],
      ['corrected', expected, 1],
    ] as const) {
      const modelSlope = [-2 * OFF * known];
      taylorCorrection(std, modelSlope, flat, dMean, dLogStd);
      gaussian.evaluate(mean, 0, action, 0);
      const left = reward - baseline - taylorControl(action, mean, std, modelSlope, flat);
      gaussian.backward(left, 0, gradient, 0);
      gradient[0] += dMean[0];
      moments[kind].add(gradient);
    }
  }
  return moments;
}
