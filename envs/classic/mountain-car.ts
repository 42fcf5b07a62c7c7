import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { numberOption, type ResetBounds, resetBoundsOf } from './reset-bounds.ts';

export interface MountainCarOptions extends ResetBounds {
  /** The car must be at least this fast at the goal. Default 0. */
  goalVelocity?: number;
}

interface MountainCarState {
  state: number[];
  terminated: boolean;
  reward: number;
  random: RandomState;
}

const minPosition = -1.2;
const maxPosition = 0.6;
const maxSpeed = 0.07;
const goalPosition = 0.5;
const engineForce = 0.001;
const gravity = 0.0025;

const observationSpace = new Box([minPosition, -maxSpeed], [maxPosition, maxSpeed]);
const actionSpace = new Discrete(3);

/**
 * A car in a valley that must swing back and forth to reach the hill on the right: push left (0), none (1), right (2).
 *
 * Source: A. W. Moore, "Efficient Memory-Based Learning for Robot Control" (1990), as in Gymnasium's `MountainCar-v0`.
 */
export class MountainCar implements RowEnv {
  readonly observationSpace = observationSpace;
  readonly actionSpace = actionSpace;
  readonly observationSize = 2;
  readonly actionSize = 1;
  readonly signalNames = ['position', 'velocity', 'height', 'force'];
  readonly signals = new Float64Array(4);
  readonly truncated = false;
  terminated = false;
  reward = 0;

  readonly #random = new Random();
  /** Position and velocity. */
  readonly #state = new Float64Array(2);
  readonly #low: number;
  readonly #high: number;
  readonly #goalVelocity: number;

  /** @throws UserError for an unknown option or a wrong value */
  constructor(options: MountainCarOptions = {}) {
    checkKeys('MountainCar option', options, ['goalVelocity', 'low', 'high']);
    [this.#low, this.#high] = resetBoundsOf(options, -0.6, -0.4);
    this.#goalVelocity = numberOption('goalVelocity', options.goalVelocity, 0);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#state[0] = this.#random.uniform(this.#low, this.#high);
    this.#state[1] = 0;
    this.terminated = false;
    this.reward = 0;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const state = this.#state;
    const push = action[0] - 1;
    let velocity = state[1] + (push * engineForce + Math.cos(3 * state[0]) * -gravity);
    velocity = Math.min(Math.max(velocity, -maxSpeed), maxSpeed);
    const position = Math.min(Math.max(state[0] + velocity, minPosition), maxPosition);
    if (position === minPosition && velocity < 0) velocity = 0;
    state[0] = position;
    state[1] = velocity;
    this.terminated = position >= goalPosition && velocity >= this.#goalVelocity;
    this.reward = -1;
    this.#publish(push, observation);
  }

  #publish(push: number, observation: Float32Array): void {
    const position = this.#state[0];
    const velocity = this.#state[1];
    observation[0] = position;
    observation[1] = velocity;
    this.signals[0] = position;
    this.signals[1] = velocity;
    this.signals[2] = heightAt(position);
    this.signals[3] = push;
  }

  getState(): MountainCarState {
    return {
      state: Array.from(this.#state),
      terminated: this.terminated,
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(saved: MountainCarState): void {
    this.#state.set(saved.state);
    this.terminated = saved.terminated;
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }
}

/** Height of the track, from 0.1 in the valley to 1 on the hills. */
export function heightAt(position: number): number {
  return Math.sin(3 * position) * 0.45 + 0.55;
}
