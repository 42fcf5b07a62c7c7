import { Random } from '../../core/random.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { meanOfOthers, valueScaleOfOthers } from '../../estimators/baselines.ts';
import { controlCoefficients } from '../../estimators/control-variates.ts';
import { gae } from '../../estimators/gae.ts';
import { discountedReturns } from '../../estimators/returns.ts';
import { lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import { addScores, littleMaze, MAZE_HORIZON, MAZE_LOGITS, rewardsOf } from '../problems/little-maze.ts';
import { compatibleInMaze } from '../problems/maze-compatible.ts';
import {
  sampleTrajectory,
  softmaxPolicy,
  type TabularPolicy,
  type Trajectory,
  trajectoriesOf,
} from '../problems/tabular-mdp.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

const EPISODES = 30_000;
/** Episodes whose baselines are worked out from each other. */
const BATCH = 16;
const NOISES = [0, 0.5, 1, 1.5, 2, 2.5, 3];
/** Factor on the logits of a policy that has nearly made up its mind. */
const SURER = 4;
/** What the value estimate is off by: too small, and wrong by a constant. */
const ESTIMATE = { scale: 0.4, offset: 0.3 };

export const baselines: Experiment = {
  id: 'baselines',
  title: 'A state baseline leaves the mean and cuts the variance, but not that of noisy rewards',
  paper:
    'Greensmith, Bartlett and Baxter 2004, "Variance reduction techniques for gradient estimates in reinforcement learning"',
  formula: `
g(alpha) = sum_t grad log pi(a_t|s_t) (G_t - alpha V(s_t)) = A - alpha B,   E[B] = 0
alpha* = E[A.B] / E[B.B],   with score_t = grad log pi(a_t|s_t):
  E[B.B] = sum_t E[|score_t|^2 V_t^2]
  E[A.B] = sum_t E[|score_t|^2 G_t V_t] + sum_{t<u} E[score_t.score_u G_u (V_t + V_u)]
  training leaves the second sum out: it takes single steps only
alpha of each parameter on its own:   alpha_i = E[A_i B_i] / E[B_i^2]
what the action itself is worth, linear in its score (compatible, w by least squares from other episodes):
  sum_t score_t (G_t - V_t - score_t.w) + F(s_t) w,   F(s) = E[score score^T],   and  sum_t E[F(s_t)] w = grad J
rewards with noise of deviation sigma add, whatever the baseline,  sigma^2 E[ sum_k |sum_{t<=k} score_t|^2 ]
r_t + V(s_t+1) - V(s_t) in place of G_t - V(s_t) leaves  sigma^2 sum_t E|score_t|^2,  biased where V is wrong`,
  about: `The maze of the first experiment. The value estimate V is wrong on purpose: ${ESTIMATE.scale} of the value, plus ${ESTIMATE.offset}. Scaled by alpha*, most of that is made up for. Training estimates the scale, and the constant baseline, from the other ${BATCH - 1} episodes of a batch and never from the one they are used on, so that the mean stays what it is.

A baseline that knows the action has a mean of its own, which must be put back. Linear in the score that mean is Fisher's information times w, exactly (compatible function approximation, Sutton et al. 2000), and the best w is the natural gradient: REINFORCE's baseline \`compatible\`. It takes away what V cannot, the difference between doors, and leaves the chance of where they lead. With two doors of even odds the score has the same length for both, and nothing is gained; the surer the policy, the more.

Noise in rewards has nothing to do with rooms, and no function of rooms takes it away. A value in the place of all later rewards does, which is what GAE does in part, at the price of a bias where the value is wrong: the third experiment.`,

  run({ seed, onProgress }) {
    const mdp = littleMaze(1);
    const policy = softmaxPolicy(MAZE_LOGITS, mdp.actions);
    const values = valuesToGo(mdp, policy);
    const estimateOf = (s: number, t: number): number => ESTIMATE.scale * values[t][s] + ESTIMATE.offset;

    // By every episode there is: A, B and the sums behind alpha* and the noise.
    const without = new VectorMoments(MAZE_LOGITS.length);
    const withValue = new VectorMoments(MAZE_LOGITS.length);
    let productAB = 0;
    let squareB = 0;
    let noiseFactor = 0;
    let noiseOfStep = 0;
    const steps = { ab: 0, bb: 0, across: 0 };
    const pairs: { a: Float64Array; b: Float64Array; probability: number }[] = [];
    for (const trajectory of trajectoriesOf(mdp, policy, MAZE_HORIZON)) {
      const { probability } = trajectory;
      const returns = returnsOf(mdp, trajectory);
      const a = scoresTimes(trajectory, returns);
      const b = scoresTimes(
        trajectory,
        returns.map((_, t) => estimateOf(trajectory.states[t], t)),
      );
      without.add(a, probability);
      withValue.add(
        scoresTimes(
          trajectory,
          returns.map((g, t) => g - values[t][trajectory.states[t]]),
        ),
        probability,
      );
      productAB += probability * dot(a, b);
      squareB += probability * dot(b, b);
      const scores = scoresOf(trajectory);
      const soFar = new Float64Array(MAZE_LOGITS.length);
      scores.forEach((score, u) => {
        const squared = probability * dot(score, score);
        const v = estimateOf(trajectory.states[u], u);
        // Scores of different steps do not cancel here: how many rewards there are is up to the actions too.
        score.forEach((slope, i) => {
          soFar[i] += slope;
        });
        noiseFactor += probability * dot(soFar, soFar);
        noiseOfStep += squared;
        steps.ab += squared * returns[u] * v;
        steps.bb += squared * v ** 2;
        for (let t = 0; t < u; t++) {
          const both = estimateOf(trajectory.states[t], t) + v;
          steps.across += probability * dot(scores[t], score) * returns[u] * both;
        }
      });
      pairs.push({ a, b, probability });
    }
    const best = productAB / squareB;
    const varianceAt = (alpha: number): number => {
      const moments = new VectorMoments(MAZE_LOGITS.length);
      for (const { a, b, probability } of pairs)
        moments.add(
          a.map((value, i) => value - alpha * b[i]),
          probability,
        );
      return moments.totalVariance;
    };
    const flat = (which: 'a' | 'b'): Float64Array =>
      Float64Array.from(pairs.flatMap((pair) => Array.from(pair[which])));
    const probabilities = Float64Array.from(pairs, ({ probability }) => probability);
    const each = controlCoefficients(flat('a'), flat('b'), MAZE_LOGITS.length, probabilities);
    const withEach = new VectorMoments(MAZE_LOGITS.length);
    for (const { a, b, probability } of pairs)
      withEach.add(
        a.map((value, i) => value - each[i] * b[i]),
        probability,
      );
    const alphas = Array.from({ length: 46 }, (_, i) => -0.5 + i * 0.1);
    const variances = alphas.map(varianceAt);
    const scanned = alphas[variances.indexOf(Math.min(...variances))];
    const shift = offBy(withValue.mean, without.mean);

    // By sampling: the scale as training estimates it, and what noise adds.
    const random = new Random(seed);
    const batch = Array.from({ length: 4000 }, () => sampleTrajectory(mdp, policy, MAZE_HORIZON, random));
    const estimated = scaleEstimate(mdp, batch, estimateOf);
    const compatible = compatibleInMaze(mdp, MAZE_LOGITS, values, EPISODES / BATCH, BATCH, random);
    const sureLogits = MAZE_LOGITS.map((logit) => SURER * logit);
    const sureValues = valuesToGo(mdp, softmaxPolicy(sureLogits, mdp.actions));
    const sure = compatibleInMaze(mdp, sureLogits, sureValues, 0, BATCH, random);
    const others = fromOthers(mdp, estimateOf, () => sampleTrajectory(mdp, policy, MAZE_HORIZON, random));
    const noisy = NOISES.map((sigma, i) => {
      const moments = Array.from({ length: 3 }, () => new VectorMoments(MAZE_LOGITS.length));
      for (let n = 0; n < EPISODES; n++) {
        const trajectory = sampleTrajectory(mdp, policy, MAZE_HORIZON, random);
        const rewards = rewardsOf(mdp, trajectory).map((reward) => reward + sigma * random.normal());
        const returns = returnsFrom(rewards, mdp.gamma);
        moments[0].add(scoresTimes(trajectory, returns));
        moments[1].add(
          scoresTimes(
            trajectory,
            returns.map((g, t) => g - values[t][trajectory.states[t]]),
          ),
        );
        moments[2].add(scoresTimes(trajectory, oneStepErrors(rewards, trajectory, values, mdp.gamma)));
      }
      onProgress?.((i + 1) / NOISES.length);
      return moments.map(({ totalVariance }) => totalVariance);
    });
    const exact = [without.totalVariance, withValue.totalVariance];
    const floor = NOISES.map((sigma) => sigma ** 2 * noiseFactor);
    const floorOfStep = NOISES.map((sigma) => sigma ** 2 * noiseOfStep);
    const last = NOISES.length - 1;

    return {
      verdicts: [
        within('largest shift of the mean by the baseline V', shift, 0, 1e-6),
        within('variance with V / without', exact[1] / exact[0], 0, 0.5),
        within('best alpha by scanning - alpha*', scanned - best, -0.051, 0.051),
        within(
          'variance at the alpha that training estimates / least',
          varianceAt(estimated) / varianceAt(best),
          1,
          1.1,
        ),
        within('E[A.B] by its two sums / at once - 1', (steps.ab + steps.across) / productAB - 1, -1e-6, 1e-6),
        within('E[B.B] step by step / at once - 1', steps.bb / squareB - 1, -1e-6, 1e-6),
        within('variance at an alpha of each parameter / at alpha*', withEach.totalVariance / varianceAt(best), 0, 1),
        within('largest shift of the mean by it', offBy(withEach.mean, without.mean), 0, 1e-6),
        within(
          'variance with V and the compatible advantage / with V',
          compatible.exact.totalVariance / exact[1],
          0,
          1,
        ),
        within(
          `the same for a policy ${SURER} times as sure`,
          sure.exact.totalVariance / sure.withValue.totalVariance,
          0,
          0.9,
        ),
        within('largest shift of the mean by it, put back', offBy(compatible.exact.mean, without.mean), 0, 1e-6),
        within('F w - gradient, largest', offBy(compatible.informationTimesW, without.mean), 0, 1e-6),
        within(
          'w from the other episodes: sampled mean, standard errors off',
          compatible.sampled.largestDeviation(without.mean),
          0,
          4.8,
        ),
        ...Object.entries(others).map(([name, moments]) =>
          within(`${name}: sampled mean, standard errors off`, moments.largestDeviation(without.mean), 0, 4.8),
        ),
        ...['without baseline', 'with V'].map((name, kind) =>
          within(
            `${name}: variance added by noise of deviation ${NOISES[last]} / formula`,
            (noisy[last][kind] - exact[kind]) / floor[last],
            0.93,
            1.07,
          ),
        ),
        within(
          `one-step error: variance added by noise of deviation ${NOISES[last]} / formula`,
          (noisy[last][2] - noisy[0][2]) / floorOfStep[last],
          0.93,
          1.07,
        ),
      ],
      figures: [
        lineFigure({
          title: 'The variance is a parabola in alpha',
          xLabel: `alpha (least at ${best.toFixed(2)}, training estimates ${estimated.toFixed(2)})`,
          yLabel: 'variance of one episode',
          x: alphas,
          series: [{ name: 'exact', values: variances }],
        }),
        lineFigure({
          title: 'No baseline removes what noisy rewards add',
          note: 'sampled, but for the floor',
          xLabel: 'standard deviation of the noise in a reward',
          yLabel: 'variance of one episode',
          x: NOISES,
          series: [
            { name: 'without baseline', values: noisy.map(([none]) => none) },
            { name: 'with V', values: noisy.map(([, value]) => value) },
            { name: 'one-step error of V', values: noisy.map(([, , step]) => step) },
            { name: 'noise alone, by the formula', values: floor },
          ],
        }),
      ],
      tables: [
        {
          caption: 'Variance of one episode',
          columns: ['Baseline', 'Variance'],
          emphasis: [],
          rows: [
            ['none', exact[0]],
            ['a wrong V', varianceAt(1)],
            [`a wrong V times alpha* = ${best.toFixed(3)}`, varianceAt(best)],
            ['a wrong V, an alpha of each parameter', withEach.totalVariance],
            ['V', exact[1]],
            ['V and the compatible advantage', compatible.exact.totalVariance],
            [`the same, w from the ${BATCH - 1} others (sampled)`, BATCH * compatible.sampled.totalVariance],
          ],
        },
      ],
    };
  },
};

/** V of each state with so many steps gone, [t][s], exactly: the horizon makes it depend on time. */
function valuesToGo({ states, actions, transitions, rewards, terminal }: TabularMdp, policy: TabularPolicy) {
  const values = Array.from({ length: MAZE_HORIZON + 1 }, () => new Float64Array(states));
  for (let t = MAZE_HORIZON - 1; t >= 0; t--) {
    for (let s = 0; s < states; s++) {
      for (let a = 0; a < actions && !terminal[s]; a++) {
        const at = s * actions + a;
        let value = rewards[at];
        for (let next = 0; next < states; next++) value += transitions[at * states + next] * values[t + 1][next];
        values[t][s] += policy[at] * value;
      }
    }
  }
  return values;
}

function returnsOf(mdp: TabularMdp, trajectory: Trajectory): Float64Array {
  return returnsFrom(rewardsOf(mdp, trajectory), mdp.gamma);
}

function returnsFrom(rewards: Float64Array, gamma: number): Float64Array {
  const returns = new Float64Array(rewards.length);
  discountedReturns(rewards, Int32Array.of(0, rewards.length), Float64Array.of(0), gamma, 'to-go', returns);
  return returns;
}

/** r_t + gamma V(s_t+1) - V(s_t), V being that of the steps left. */
function oneStepErrors(
  rewards: Float64Array,
  { states }: Trajectory,
  values: readonly Float64Array[],
  gamma: number,
): Float64Array {
  const steps = rewards.length;
  const errors = new Float64Array(steps);
  const segments = {
    ...{ steps, numEnvs: 1, rewards, terminated: new Uint8Array(steps), truncated: new Uint8Array(steps) },
    values: rewards.map((_, t) => values[t][states[t]]),
    nextValues: rewards.map((_, t) => values[t + 1][states[t + 1]]),
  };
  gae(segments, gamma, 0, errors, new Float64Array(steps));
  return errors;
}

function scoresTimes(trajectory: Trajectory, weights: Float64Array): Float64Array {
  const gradient = new Float64Array(MAZE_LOGITS.length);
  addScores(MAZE_LOGITS, 2, trajectory, weights, gradient);
  return gradient;
}

/** grad log pi(a_t|s_t) of every step. */
function scoresOf(trajectory: Trajectory): Float64Array[] {
  return trajectory.actions.map((_, t) =>
    scoresTimes(
      trajectory,
      Float64Array.from(trajectory.actions, (_, k) => (k === t ? 1 : 0)),
    ),
  );
}

type Estimate = (s: number, t: number) => number;

/** Episodes laid end to end, as baselines from others want them. */
function joined(mdp: TabularMdp, batch: readonly Trajectory[], estimateOf: Estimate) {
  const starts = [0];
  for (const { actions } of batch) starts.push(starts[starts.length - 1] + actions.length);
  const over = (of: (trajectory: Trajectory) => ArrayLike<number>): Float64Array =>
    Float64Array.from(batch.flatMap((trajectory) => Array.from(of(trajectory))));
  return {
    starts: Int32Array.from(starts),
    returns: over((trajectory) => returnsOf(mdp, trajectory)),
    estimates: over(({ actions, states }) => actions.map((_, t) => estimateOf(states[t], t))),
    squaredScores: over((trajectory) => scoresOf(trajectory).map((score) => dot(score, score))),
  };
}

/** The scale of the value estimate as REINFORCE works it out from a batch of episodes. */
function scaleEstimate(mdp: TabularMdp, batch: readonly Trajectory[], estimateOf: Estimate): number {
  const { starts, returns, estimates, squaredScores } = joined(mdp, batch, estimateOf);
  return valueScaleOfOthers(returns, estimates, squaredScores, starts)[0];
}

/** Mean gradients of batches, as REINFORCE takes them with baselines from the other episodes of each. */
function fromOthers(mdp: TabularMdp, estimateOf: Estimate, draw: () => Trajectory): Record<string, VectorMoments> {
  const mean = new VectorMoments(MAZE_LOGITS.length);
  const scaled = new VectorMoments(MAZE_LOGITS.length);
  for (let n = 0; n < EPISODES; n += BATCH) {
    const batch = Array.from({ length: BATCH }, draw);
    const { starts, returns, estimates, squaredScores } = joined(mdp, batch, estimateOf);
    const means = meanOfOthers(returns, starts);
    const scales = valueScaleOfOthers(returns, estimates, squaredScores, starts);
    const gradientLess = (baseline: (episode: number, t: number) => number): Float64Array => {
      const gradient = new Float64Array(MAZE_LOGITS.length);
      batch.forEach((trajectory, e) => {
        const credit = returns.slice(starts[e], starts[e + 1]).map((g, t) => (g - baseline(e, starts[e] + t)) / BATCH);
        addScores(MAZE_LOGITS, mdp.actions, trajectory, credit, gradient);
      });
      return gradient;
    };
    mean.add(gradientLess((e) => means[e]));
    scaled.add(gradientLess((e, t) => scales[e] * estimates[t]));
  }
  return { 'mean return of the other episodes': mean, 'a wrong V, scaled by the others': scaled };
}

function offBy(found: Float64Array, expected: Float64Array): number {
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i])));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
