import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { type ResetBounds, resetBoundsOf } from './reset-bounds.ts';

export interface CartPoleOptions extends ResetBounds {
  /** Sutton and Barto's reward: 0 for a step, -1 for the one that ends the episode. Default false. */
  suttonBartoReward?: boolean;
}

interface CartPoleState {
  state: number[];
  fallen: boolean;
  terminated: boolean;
  reward: number;
  random: RandomState;
}

const gravity = 9.8;
const poleMass = 0.1;
const totalMass = poleMass + 1;
/** Half the pole's length in metres. */
const length = 0.5;
const poleMassLength = poleMass * length;
const forceMagnitude = 10;
const timeStep = 0.02;
const angleLimit = (12 * 2 * Math.PI) / 360;
const positionLimit = 2.4;

const observationSpace = new Box(
  [-2 * positionLimit, -Infinity, -2 * angleLimit, -Infinity],
  [2 * positionLimit, Infinity, 2 * angleLimit, Infinity],
);
const actionSpace = new Discrete(2);

/**
 * A pole on a cart that is pushed left (0) or right (1) and must not fall.
 *
 * Source: Barto, Sutton and Anderson, "Neuronlike Adaptive Elements That Can Solve Difficult Learning Control
 * Problems" (1983), equations of motion after Florian (2007), as in Gymnasium's `CartPole-v1`.
 */
export class CartPole implements RowEnv {
  readonly observationSpace = observationSpace;
  readonly actionSpace = actionSpace;
  readonly observationSize = 4;
  readonly actionSize = 1;
  readonly signalNames = ['cartPosition', 'cartVelocity', 'poleAngle', 'poleVelocity', 'force'];
  readonly signals = new Float64Array(5);
  readonly truncated = false;
  terminated = false;
  reward = 0;

  readonly #random = new Random();
  /** Position, velocity, angle, angular velocity. */
  readonly #state = new Float64Array(4);
  readonly #low: number;
  readonly #high: number;
  readonly #suttonBartoReward: boolean;
  #fallen = false;

  /** @throws UserError for an unknown option or a wrong value */
  constructor(options: CartPoleOptions = {}) {
    checkKeys('CartPole option', options, ['suttonBartoReward', 'low', 'high']);
    [this.#low, this.#high] = resetBoundsOf(options, -0.05, 0.05);
    this.#suttonBartoReward = options.suttonBartoReward ?? false;
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    for (let i = 0; i < 4; i++) this.#state[i] = this.#random.uniform(this.#low, this.#high);
    this.#fallen = false;
    this.terminated = false;
    this.reward = 0;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const state = this.#state;
    const angularVelocity = state[3];
    const force = action[0] === 1 ? forceMagnitude : -forceMagnitude;
    const cosine = Math.cos(state[2]);
    const sine = Math.sin(state[2]);
    const pull = (force + poleMassLength * (angularVelocity * angularVelocity) * sine) / totalMass;
    const angularAcceleration =
      (gravity * sine - cosine * pull) / (length * (4 / 3 - (poleMass * (cosine * cosine)) / totalMass));
    const acceleration = pull - (poleMassLength * angularAcceleration * cosine) / totalMass;

    const position = state[0] + timeStep * state[1];
    const angle = state[2] + timeStep * angularVelocity;
    state[0] = position;
    state[1] += timeStep * acceleration;
    state[2] = angle;
    state[3] = angularVelocity + timeStep * angularAcceleration;

    const fell = Math.abs(position) > positionLimit || Math.abs(angle) > angleLimit;
    this.terminated = fell;
    if (this.#suttonBartoReward) this.reward = fell ? -1 : 0;
    else this.reward = fell && this.#fallen ? 0 : 1;
    if (fell) this.#fallen = true;
    this.#publish(force, observation);
  }

  #publish(force: number, observation: Float32Array): void {
    const state = this.#state;
    const signals = this.signals;
    observation[0] = signals[0] = state[0];
    observation[1] = signals[1] = state[1];
    observation[2] = signals[2] = state[2];
    observation[3] = signals[3] = state[3];
    signals[4] = force;
  }

  getState(): CartPoleState {
    return {
      state: Array.from(this.#state),
      fallen: this.#fallen,
      terminated: this.terminated,
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(saved: CartPoleState): void {
    this.#state.set(saved.state);
    this.#fallen = saved.fallen;
    this.terminated = saved.terminated;
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }
}
