import type { ArmEnv } from './arm-env.ts';

/**
 * What arms publish for shaping and reports:
 * - `distance` from tip to target, m;
 * - `tanhReach`: 1 - tanh(10 distance), from 0 far away to 1 on the target;
 * - `control`: sum of squared actions;
 * - `actionRate` and `jerk`: sum of squared first and second differences of the actions, those before the first being 0;
 * - `jointLimitMargin`: how far the joint nearest to one of its limits is from it, as a share of half its range;
 * - `tipSpeed`: way of the tip in the step over its time, m/s;
 * - `speedAtGoal`: the same where the tip is on the target, else 0;
 * - `success`: 1 where the tip is on the target.
 */
export const reachSignalNames = [
  'distance',
  'tanhReach',
  'control',
  'actionRate',
  'jerk',
  'jointLimitMargin',
  'tipSpeed',
  'speedAtGoal',
  'success',
] as const;

const tanhScale = 10;

export interface ReachSignalsState {
  last: number[];
  before: number[];
  tip: number[];
  values: number[];
}

/** Keeps the signals of one arm. */
export class ReachSignals {
  /** In the order of `reachSignalNames`, at the start of `values`. */
  readonly #values: Float64Array;
  readonly #last: Float64Array;
  readonly #before: Float64Array;
  readonly #tip = new Float64Array(3);

  /** @param values where the signals go */
  constructor(values: Float64Array, actionSize: number) {
    this.#values = values;
    this.#last = new Float64Array(actionSize);
    this.#before = new Float64Array(actionSize);
  }

  /** Signals of the first state of an episode. */
  start(env: ArmEnv): void {
    this.#last.fill(0);
    this.#before.fill(0);
    this.#tip.set(env.tip);
    this.#values.fill(0);
    this.#publish(env);
  }

  /** Signals after a step by `action`. */
  update(env: ArmEnv, action: Float32Array): void {
    const last = this.#last;
    const before = this.#before;
    const values = this.#values;
    let control = 0;
    let rate = 0;
    let jerk = 0;
    for (let i = 0; i < last.length; i++) {
      const now = action[i];
      const change = now - last[i];
      const bend = now - 2 * last[i] + before[i];
      control += now * now;
      rate += change * change;
      jerk += bend * bend;
      before[i] = last[i];
      last[i] = now;
    }
    values[2] = control;
    values[3] = rate;
    values[4] = jerk;
    values[6] = distanceBetween(env.tip, this.#tip) / env.stepSeconds;
    this.#tip.set(env.tip);
    this.#publish(env);
  }

  #publish(env: ArmEnv): void {
    const values = this.#values;
    const distance = distanceBetween(env.tip, env.target);
    const there = distance <= env.successDistance;
    values[0] = distance;
    values[1] = 1 - Math.tanh(tanhScale * distance);
    values[5] = limitMargin(env.jointPositions, env.jointLimits);
    values[7] = there ? values[6] : 0;
    values[8] = there ? 1 : 0;
  }

  getState(): ReachSignalsState {
    return {
      last: Array.from(this.#last),
      before: Array.from(this.#before),
      tip: Array.from(this.#tip),
      values: Array.from(this.#values),
    };
  }

  setState({ last, before, tip, values }: ReachSignalsState): void {
    this.#last.set(last);
    this.#before.set(before);
    this.#tip.set(tip);
    this.#values.set(values);
  }
}

export function distanceBetween(a: Float64Array, b: Float64Array): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** 1 in the middle of all ranges, 0 at a limit, negative beyond one. Joints without limits do not count. */
function limitMargin(positions: Float64Array, limits: Float64Array): number {
  let least = 1;
  for (let joint = 0; joint < positions.length; joint++) {
    const low = limits[2 * joint];
    const high = limits[2 * joint + 1];
    const half = (high - low) / 2;
    const margin = Math.min(positions[joint] - low, high - positions[joint]) / half;
    if (Number.isFinite(half) && margin < least) least = margin;
  }
  return least;
}
