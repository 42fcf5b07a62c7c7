import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { type ResetBounds, resetBoundsOf } from './reset-bounds.ts';

export interface AcrobotOptions extends ResetBounds {
  /** The equations of Sutton and Barto's book, or those printed, with terms missing, in the paper. Default `book`. */
  bookOrNips?: 'book' | 'nips';
}

interface AcrobotState {
  state: number[];
  terminated: boolean;
  reward: number;
  random: RandomState;
}

const timeStep = 0.2;
// Both links are alike: metres, kilograms, metres to the centre of mass, kg m^2.
const linkLength = 1;
const linkMass = 1;
const linkCentre = 0.5;
const linkInertia = 1;
const gravity = 9.8;
const maxVelocity1 = 4 * Math.PI;
const maxVelocity2 = 9 * Math.PI;

const bounds = [1, 1, 1, 1, maxVelocity1, maxVelocity2];
const observationSpace = new Box(
  bounds.map((bound) => -bound),
  bounds,
);
const actionSpace = new Discrete(3);

/**
 * Two links hanging from a fixed joint; a torque of -1, 0 or 1 N m between them must swing the free end up.
 *
 * Source: R. S. Sutton, "Generalization in Reinforcement Learning: Successful Examples Using Sparse Coarse Coding"
 * (1996), as in Gymnasium's `Acrobot-v1`: fourth-order Runge-Kutta over 0.2 s, first state rounded to 32 bits.
 */
export class Acrobot implements RowEnv {
  readonly observationSpace = observationSpace;
  readonly actionSpace = actionSpace;
  readonly observationSize = 6;
  readonly actionSize = 1;
  readonly signalNames = ['angle1', 'angle2', 'velocity1', 'velocity2', 'tipHeight', 'torque'];
  readonly signals = new Float64Array(6);
  readonly truncated = false;
  terminated = false;
  reward = 0;

  readonly #random = new Random();
  /** Angle of the first link from hanging, of the second from the first, and their velocities. */
  readonly #state = new Float64Array(4);
  readonly #point = new Float64Array(4);
  readonly #slope = new Float64Array(4);
  readonly #slopeSum = new Float64Array(4);
  readonly #low: number;
  readonly #high: number;
  readonly #book: boolean;

  /** @throws UserError for an unknown option or a wrong value */
  constructor(options: AcrobotOptions = {}) {
    checkKeys('Acrobot option', options, ['low', 'high', 'bookOrNips']);
    [this.#low, this.#high] = resetBoundsOf(options, -0.1, 0.1);
    const { bookOrNips = 'book' } = options;
    if (bookOrNips !== 'book' && bookOrNips !== 'nips') {
      throw new UserError(`The option 'bookOrNips' is 'book' or 'nips'; got ${JSON.stringify(bookOrNips)}.`);
    }
    this.#book = bookOrNips === 'book';
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    for (let i = 0; i < 4; i++) this.#state[i] = Math.fround(this.#random.uniform(this.#low, this.#high));
    this.terminated = false;
    this.reward = 0;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const state = this.#state;
    const torque = action[0] - 1;
    this.#integrate(torque);
    state[0] = wrap(state[0]);
    state[1] = wrap(state[1]);
    state[2] = Math.min(Math.max(state[2], -maxVelocity1), maxVelocity1);
    state[3] = Math.min(Math.max(state[3], -maxVelocity2), maxVelocity2);
    this.#publish(torque, observation);
    this.terminated = this.signals[4] > 1;
    this.reward = this.terminated ? 0 : -1;
  }

  /** One step of the classical Runge-Kutta method. */
  #integrate(torque: number): void {
    const state = this.#state;
    const point = this.#point;
    const slope = this.#slope;
    const sum = this.#slopeSum;
    this.#derive(state, torque);
    for (let i = 0; i < 4; i++) {
      sum[i] = slope[i];
      point[i] = state[i] + (timeStep / 2) * slope[i];
    }
    this.#derive(point, torque);
    for (let i = 0; i < 4; i++) {
      sum[i] += 2 * slope[i];
      point[i] = state[i] + (timeStep / 2) * slope[i];
    }
    this.#derive(point, torque);
    for (let i = 0; i < 4; i++) {
      sum[i] += 2 * slope[i];
      point[i] = state[i] + timeStep * slope[i];
    }
    this.#derive(point, torque);
    for (let i = 0; i < 4; i++) state[i] += (timeStep / 6) * (sum[i] + slope[i]);
  }

  /** Writes the time derivative at a point of the state space into `#slope`. */
  #derive(at: Float64Array, torque: number): void {
    const angle1 = at[0];
    const angle2 = at[1];
    const velocity1 = at[2];
    const velocity2 = at[3];
    const cosine2 = Math.cos(angle2);
    const sine2 = Math.sin(angle2);
    const d1 =
      linkMass * linkCentre ** 2 +
      linkMass * (linkLength ** 2 + linkCentre ** 2 + 2 * linkLength * linkCentre * cosine2) +
      linkInertia +
      linkInertia;
    const d2 = linkMass * (linkCentre ** 2 + linkLength * linkCentre * cosine2) + linkInertia;
    const phi2 = linkMass * linkCentre * gravity * Math.cos(angle1 + angle2 - Math.PI / 2);
    const phi1 =
      -linkMass * linkLength * linkCentre * (velocity2 * velocity2) * sine2 -
      2 * linkMass * linkLength * linkCentre * velocity2 * velocity1 * sine2 +
      (linkMass * linkCentre + linkMass * linkLength) * gravity * Math.cos(angle1 - Math.PI / 2) +
      phi2;
    const coriolis = this.#book ? linkMass * linkLength * linkCentre * (velocity1 * velocity1) * sine2 : 0;
    const acceleration2 =
      (torque + (d2 / d1) * phi1 - coriolis - phi2) / (linkMass * linkCentre ** 2 + linkInertia - (d2 * d2) / d1);
    const slope = this.#slope;
    slope[0] = velocity1;
    slope[1] = velocity2;
    slope[2] = -(d2 * acceleration2 + phi1) / d1;
    slope[3] = acceleration2;
  }

  #publish(torque: number, observation: Float32Array): void {
    const state = this.#state;
    const signals = this.signals;
    const cosine1 = Math.cos(state[0]);
    observation[0] = cosine1;
    observation[1] = Math.sin(state[0]);
    observation[2] = Math.cos(state[1]);
    observation[3] = Math.sin(state[1]);
    observation[4] = state[2];
    observation[5] = state[3];
    for (let i = 0; i < 4; i++) signals[i] = state[i];
    signals[4] = -cosine1 - Math.cos(state[1] + state[0]);
    signals[5] = torque;
  }

  getState(): AcrobotState {
    return {
      state: Array.from(this.#state),
      terminated: this.terminated,
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(saved: AcrobotState): void {
    this.#state.set(saved.state);
    this.terminated = saved.terminated;
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }
}

/** The same angle within [-pi, pi]. */
function wrap(angle: number): number {
  let wrapped = angle;
  while (wrapped > Math.PI) wrapped -= 2 * Math.PI;
  while (wrapped < -Math.PI) wrapped += 2 * Math.PI;
  return wrapped;
}
