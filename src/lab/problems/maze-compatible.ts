import type { Random } from '../../core/random.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { type CompatibleBatch, compatibleOfOthers, compatibleWeights } from '../../estimators/control-variates.ts';
import { discountedReturns } from '../../estimators/returns.ts';
import { Categorical } from '../../policy/distributions/categorical.ts';
import { MAZE_HORIZON, rewardsOf } from './little-maze.ts';
import { sampleTrajectory, softmaxPolicy, type Trajectory, trajectoriesOf } from './tabular-mdp.ts';
import { VectorMoments } from './vector-moments.ts';

/** Little, as logits are redundant: one number more for all of a room changes nothing. */
const RIDGE = 1e-9;

/** What comes of taking psi . w, the compatible advantage, away from the return beside V and putting its mean back. */
export interface CompatibleFindings {
  /** One episode over every episode there is: with V alone, and with the best w beside it. */
  withValue: VectorMoments;
  exact: VectorMoments;
  /** F w with Fisher's information F of the states visited: the gradient, where w is right. */
  informationTimesW: Float64Array;
  /** Means of batches of episodes, with w from the other episodes of each. */
  sampled: VectorMoments;
}

/**
 * @param logits of a softmax policy, room by room
 * @param values V of each room with so many steps gone, [t][s]
 * @param batches of `batchSize` episodes are sampled
 */
export function compatibleInMaze(
  mdp: TabularMdp,
  logits: Float32Array,
  values: readonly Float64Array[],
  batches: number,
  batchSize: number,
  random: Random,
): CompatibleFindings {
  const size = logits.length;
  const policy = softmaxPolicy(logits, mdp.actions);
  const all = [...trajectoriesOf(mdp, policy, MAZE_HORIZON)];
  const batch = batchOf(mdp, logits, all, values);
  const w = compatibleWeights({ ...batch, weights: perStep(all, ({ probability }) => probability) }, RIDGE);
  const slopes = Float64Array.from(batch.scores, (_, i) => {
    const step = Math.floor(i / mdp.actions);
    return w[(i % mdp.actions) * mdp.states + roomAt(batch, step)];
  });
  const none = new Float64Array(slopes.length);
  const withValue = new VectorMoments(size);
  const exact = new VectorMoments(size);
  const informationTimesW = new Float64Array(size);
  all.forEach((trajectory, e) => {
    withValue.add(gradientOf(logits, trajectory, batch, e, none), trajectory.probability);
    exact.add(gradientOf(logits, trajectory, batch, e, slopes), trajectory.probability);
    const product = informationOf(logits, trajectory, slopes, batch.starts[e] * mdp.actions);
    product.forEach((value, i) => {
      informationTimesW[i] += trajectory.probability * value;
    });
  });

  const sampled = new VectorMoments(size);
  for (let n = 0; n < batches; n++) {
    const drawn = Array.from({ length: batchSize }, () => sampleTrajectory(mdp, policy, MAZE_HORIZON, random));
    const own = batchOf(mdp, logits, drawn, values);
    const found = compatibleOfOthers(own, batchSize, 1e-2);
    const mean = new Float64Array(size);
    drawn.forEach((trajectory, e) => {
      gradientOf(logits, trajectory, own, e, found.slopes).forEach((value, i) => {
        mean[i] += value / batchSize;
      });
    });
    sampled.add(mean);
  }
  return { withValue, exact, informationTimesW, sampled };
}

/** Episodes end to end, what is to be explained being G_t - V(s_t); features tell the room. */
function batchOf(
  mdp: TabularMdp,
  logits: Float32Array,
  trajectories: readonly Trajectory[],
  values: readonly Float64Array[],
): CompatibleBatch {
  const starts = [0];
  for (const { actions } of trajectories) starts.push(starts[starts.length - 1] + actions.length);
  const steps = starts[starts.length - 1];
  const scores = new Float64Array(steps * mdp.actions);
  const features = new Float64Array(steps * mdp.states);
  const targets = new Float64Array(steps);
  const distribution = new Categorical([mdp.actions]);
  const score = new Float32Array(mdp.actions);
  trajectories.forEach((trajectory, e) => {
    const { states, actions } = trajectory;
    const returns = new Float64Array(actions.length);
    const rewards = rewardsOf(mdp, trajectory);
    discountedReturns(rewards, Int32Array.of(0, actions.length), Float64Array.of(0), mdp.gamma, 'to-go', returns);
    actions.forEach((action, t) => {
      const at = starts[e] + t;
      distribution.evaluate(logits, states[t] * mdp.actions, Float32Array.of(action), 0);
      distribution.backward(1, 0, score, 0);
      scores.set(score, at * mdp.actions);
      features[at * mdp.states + states[t]] = 1;
      targets[at] = returns[t] - values[t][states[t]];
    });
  });
  const weights = new Float64Array(steps).fill(1);
  return {
    ...{ starts: Int32Array.from(starts), scores, outputSize: mdp.actions, features, featureSize: mdp.states },
    ...{ targets, weights },
  };
}

function perStep(trajectories: readonly Trajectory[], of: (trajectory: Trajectory) => number): Float64Array {
  return Float64Array.from(trajectories.flatMap((trajectory) => trajectory.actions.map(() => of(trajectory))));
}

function roomAt({ features, featureSize }: CompatibleBatch, step: number): number {
  return features.subarray(step * featureSize, (step + 1) * featureSize).indexOf(1);
}

/** sum_t psi_t (G_t - V(s_t) - psi_t . slopes_t) + F(s_t) slopes_t of episode e, by logits. */
function gradientOf(
  logits: Float32Array,
  trajectory: Trajectory,
  { starts, scores, outputSize, targets }: CompatibleBatch,
  e: number,
  slopes: Float64Array,
): Float64Array {
  const gradient = informationOf(logits, trajectory, slopes, starts[e] * outputSize);
  trajectory.actions.forEach((_, t) => {
    const step = starts[e] + t;
    let left = targets[step];
    for (let k = 0; k < outputSize; k++) left -= scores[step * outputSize + k] * slopes[step * outputSize + k];
    for (let k = 0; k < outputSize; k++) {
      gradient[trajectory.states[t] * outputSize + k] += scores[step * outputSize + k] * left;
    }
  });
  return gradient;
}

/** sum_t F(s_t) slopes_t, by logits; those of the episode lie from `at` on. */
function informationOf(
  logits: Float32Array,
  { states, actions }: Trajectory,
  slopes: Float64Array,
  at: number,
): Float64Array {
  const sum = new Float64Array(logits.length);
  const choices = 2;
  const distribution = new Categorical([choices]);
  const product = new Float64Array(choices);
  actions.forEach((action, t) => {
    distribution.evaluate(logits, states[t] * choices, Float32Array.of(action), 0);
    distribution.information(slopes.subarray(at + t * choices, at + (t + 1) * choices), product);
    for (let k = 0; k < choices; k++) sum[states[t] * choices + k] += product[k];
  });
  return sum;
}
