import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/index.ts';
import { heightAt, type MountainCarOptions } from './mountain-car.ts';
import { numberOption, resetBoundsOf } from './reset-bounds.ts';

interface MountainCarContinuousState {
  state: number[];
  fresh: boolean;
  terminated: boolean;
  reward: number;
  random: RandomState;
}

const minPosition = -1.2;
const maxPosition = 0.6;
const maxSpeed = 0.07;
const goalPosition = 0.45;
const power = Math.fround(0.0015);
const gravity = 0.0025;

const observationSpace = new Box([minPosition, -maxSpeed], [maxPosition, maxSpeed]);
const actionSpace = new Box(-1, 1, [1]);

/**
 * The mountain car with a force from -1 to 1: 100 for the goal, less a tenth of the squared force at every step.
 *
 * Source: A. W. Moore (1990) with continuous actions, as in Gymnasium's `MountainCarContinuous-v0`. From the first step
 * of an episode on its state is kept in 32 bits, and its sums, products and comparisons are too.
 */
export class MountainCarContinuous implements RowEnv {
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
  /** No step since the reset: the state is still in 64 bits. */
  #fresh = true;

  /** @throws UserError for an unknown option or a wrong value */
  constructor(options: MountainCarOptions = {}) {
    checkKeys('MountainCarContinuous option', options, ['goalVelocity', 'low', 'high']);
    [this.#low, this.#high] = resetBoundsOf(options, -0.6, -0.4);
    this.#goalVelocity = numberOption('goalVelocity', options.goalVelocity, 0);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#state[0] = this.#random.uniform(this.#low, this.#high);
    this.#state[1] = 0;
    this.#fresh = true;
    this.terminated = false;
    this.reward = 0;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const state = this.#state;
    const force = Math.min(Math.max(action[0], -1), 1);
    const slope = gravity * Math.cos(this.#round(3 * state[0]));
    const acceleration = Math.fround(Math.fround(force * power) - Math.fround(slope));

    const topSpeed = this.#round(maxSpeed);
    let velocity = this.#round(state[1] + acceleration);
    velocity = Math.min(Math.max(velocity, -topSpeed), topSpeed);

    const leftEnd = this.#round(minPosition);
    let position = this.#round(state[0] + velocity);
    position = Math.min(Math.max(position, leftEnd), this.#round(maxPosition));
    if (position === leftEnd && velocity < 0) velocity = 0;

    this.terminated = position >= this.#round(goalPosition) && velocity >= this.#round(this.#goalVelocity);
    this.reward = (this.terminated ? 100 : 0) - action[0] * action[0] * 0.1;
    state[0] = Math.fround(position);
    state[1] = Math.fround(velocity);
    this.#fresh = false;
    this.#publish(force, observation);
  }

  #round(value: number): number {
    return this.#fresh ? value : Math.fround(value);
  }

  #publish(force: number, observation: Float32Array): void {
    const position = this.#state[0];
    const velocity = this.#state[1];
    observation[0] = position;
    observation[1] = velocity;
    this.signals[0] = position;
    this.signals[1] = velocity;
    this.signals[2] = heightAt(position);
    this.signals[3] = force;
  }

  getState(): MountainCarContinuousState {
    return {
      state: Array.from(this.#state),
      fresh: this.#fresh,
      terminated: this.terminated,
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(saved: MountainCarContinuousState): void {
    this.#state.set(saved.state);
    this.#fresh = saved.fresh;
    this.terminated = saved.terminated;
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }
}
