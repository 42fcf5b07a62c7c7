import { checkKeys } from '../../src/core/nearest.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/index.ts';
import { numberOption } from './reset-bounds.ts';

export interface PendulumOptions {
  /** Gravity in m/s^2. Default 10. */
  g?: number;
  /** The first angle is drawn from -xInit to xInit, in radians from upright. Default pi. */
  xInit?: number;
  /** The first angular velocity is drawn from -yInit to yInit. Default 1. */
  yInit?: number;
}

interface PendulumState {
  state: number[];
  reward: number;
  random: RandomState;
}

const maxSpeed = 8;
const maxTorque = 2;
const timeStep = 0.05;
const torqueCost = Math.fround(0.001);

const observationSpace = new Box([-1, -1, -maxSpeed], [1, 1, maxSpeed]);
const actionSpace = new Box(-maxTorque, maxTorque, [1]);

/**
 * A pendulum to swing up and hold upright by a torque too weak to lift it at once. Episodes never terminate.
 *
 * Source: Gymnasium's `Pendulum-v1`. Its action is a 32-bit float, so the terms of the torque alone are rounded to
 * 32 bits before they join the others.
 */
export class Pendulum implements RowEnv {
  readonly observationSpace = observationSpace;
  readonly actionSpace = actionSpace;
  readonly observationSize = 3;
  readonly actionSize = 1;
  readonly signalNames = ['angle', 'angularVelocity', 'torque'];
  readonly signals = new Float64Array(3);
  readonly terminated = false;
  readonly truncated = false;
  reward = 0;

  readonly #random = new Random();
  /** Angle from upright, not wrapped, and angular velocity. */
  readonly #state = new Float64Array(2);
  readonly #gravity: number;
  readonly #angleRange: number;
  readonly #velocityRange: number;

  /** @throws UserError for an unknown option or a wrong value */
  constructor(options: PendulumOptions = {}) {
    checkKeys('Pendulum option', options, ['g', 'xInit', 'yInit']);
    this.#gravity = numberOption('g', options.g, 10);
    this.#angleRange = numberOption('xInit', options.xInit, Math.PI);
    this.#velocityRange = numberOption('yInit', options.yInit, 1);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#state[0] = this.#random.uniform(-this.#angleRange, this.#angleRange);
    this.#state[1] = this.#random.uniform(-this.#velocityRange, this.#velocityRange);
    this.reward = 0;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const state = this.#state;
    const angle = state[0];
    const velocity = state[1];
    const torque = Math.min(Math.max(action[0], -maxTorque), maxTorque);
    const deviation = normaliseAngle(angle);
    this.reward = -(
      deviation * deviation +
      0.1 * (velocity * velocity) +
      Math.fround(torqueCost * Math.fround(torque * torque))
    );
    const acceleration = ((3 * this.#gravity) / 2) * Math.sin(angle) + Math.fround(3 * torque);
    state[1] = Math.min(Math.max(velocity + acceleration * timeStep, -maxSpeed), maxSpeed);
    state[0] = angle + state[1] * timeStep;
    this.#publish(torque, observation);
  }

  #publish(torque: number, observation: Float32Array): void {
    const angle = this.#state[0];
    const velocity = this.#state[1];
    observation[0] = Math.cos(angle);
    observation[1] = Math.sin(angle);
    observation[2] = velocity;
    this.signals[0] = normaliseAngle(angle);
    this.signals[1] = velocity;
    this.signals[2] = torque;
  }

  getState(): PendulumState {
    return { state: Array.from(this.#state), reward: this.reward, random: this.#random.getState() };
  }

  setState(saved: PendulumState): void {
    this.#state.set(saved.state);
    this.reward = saved.reward;
    this.#random.setState(saved.random);
  }
}

/** The same angle within [-pi, pi). */
function normaliseAngle(angle: number): number {
  const turn = (angle + Math.PI) % (2 * Math.PI);
  return (turn < 0 ? turn + 2 * Math.PI : turn) - Math.PI;
}
