import type { ArmEnv } from './arm-env.ts';
import { distanceBetween } from './reach-signals.ts';

/** All that measures and figures need of one episode: rows of `steps` + 1 states, the first being that of the reset. */
export interface ArmEpisode {
  readonly seconds: number;
  readonly joints: number;
  readonly successDistance: number;
  /** Sum of rewards. */
  readonly return: number;
  /** From tip to target, m. */
  readonly distances: Float64Array;
  /** States x 3, m. */
  readonly tips: Float64Array;
  readonly targets: Float64Array;
  /** States x joints: rad/s and N m. The torques of the first state are none. */
  readonly velocities: Float64Array;
  readonly torques: Float64Array;
  readonly torqueLimits: Float64Array;
  /** States x numbers of `ArmEnv.points`, m. */
  readonly points: Float64Array;
}

/**
 * Plays one episode.
 *
 * @param act writes the action for the state the arm is in
 * @param steps that end the episode, unless it ends before
 */
export function recordEpisode(
  env: ArmEnv,
  act: (observation: Float32Array, action: Float32Array) => void,
  steps: number,
  seed: number,
): ArmEpisode {
  const joints = env.jointVelocities.length;
  const states = steps + 1;
  const distances = new Float64Array(states);
  const tips = new Float64Array(3 * states);
  const targets = new Float64Array(3 * states);
  const velocities = new Float64Array(joints * states);
  const torques = new Float64Array(joints * states);
  const points = new Float64Array(env.points.length * states);
  const observation = new Float32Array(env.observationSize);
  const action = new Float32Array(env.actionSize);

  let total = 0;
  let taken = 0;
  env.reset(seed, observation);
  record(0);
  while (taken < steps && !(env.terminated || env.truncated)) {
    act(observation, action);
    env.step(action, observation);
    total += env.reward;
    record(++taken);
  }
  return {
    seconds: env.stepSeconds,
    joints,
    successDistance: env.successDistance,
    return: total,
    distances: distances.subarray(0, taken + 1),
    tips: tips.subarray(0, 3 * (taken + 1)),
    targets: targets.subarray(0, 3 * (taken + 1)),
    velocities: velocities.subarray(0, joints * (taken + 1)),
    torques: torques.subarray(0, joints * (taken + 1)),
    torqueLimits: env.torqueLimits.slice(),
    points: points.subarray(0, env.points.length * (taken + 1)),
  };

  function record(state: number): void {
    distances[state] = distanceBetween(env.tip, env.target);
    tips.set(env.tip, 3 * state);
    targets.set(env.target, 3 * state);
    velocities.set(env.jointVelocities, joints * state);
    if (state > 0) torques.set(env.torques, joints * state);
    points.set(env.points, env.points.length * state);
  }
}
