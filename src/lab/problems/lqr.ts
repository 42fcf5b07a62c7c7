import { Random, type RandomState } from '../../core/random.ts';
import type { RowEnv } from '../../core/row-env.ts';
import { Box } from '../../core/spaces/box.ts';
import type { StepDerivative } from '../../core/step-derivative.ts';

/**
 * A linear system under a quadratic cost: x' = A x + B u + w with w ~ N(0, noise^2 I), reward -(x'Qx + u'Ru), and first
 * states x ~ N(0, spread^2 I). Matrices are lists of rows.
 */
export interface LinearQuadraticSystem {
  a: number[][];
  b: number[][];
  q: number[][];
  r: number[][];
  noise: number;
  spread: number;
}

/** A cart on a line, position and velocity, pushed by a force: a tenth of a second a step. */
export const cart: LinearQuadraticSystem = {
  a: [
    [1, 0.1],
    [0, 1],
  ],
  b: [[0], [0.1]],
  q: [
    [1, 0],
    [0, 0.1],
  ],
  r: [[0.1]],
  noise: 0.05,
  spread: 1,
};

interface LqrState {
  state: number[];
  steps: number;
  reward: number;
  random: RandomState;
}

/** The regulator as an environment. The observation is the state. Episodes terminate after `horizon` steps, or never. */
export class LinearQuadraticRegulator implements RowEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Box;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames = ['distance', 'effort'];
  readonly signals = new Float64Array(2);
  readonly truncated = false;
  readonly derivative: StepDerivative;
  terminated = false;
  reward = 0;

  readonly #system: LinearQuadraticSystem;
  readonly #horizon: number;
  readonly #random = new Random();
  readonly #state: Float64Array;
  readonly #next: Float64Array;
  #steps = 0;

  constructor(system: LinearQuadraticSystem, horizon = Infinity) {
    this.#system = system;
    this.#horizon = horizon;
    this.observationSize = system.a.length;
    this.actionSize = system.r.length;
    this.observationSpace = new Box(-Infinity, Infinity, [this.observationSize]);
    this.actionSpace = new Box(-Infinity, Infinity, [this.actionSize]);
    this.#state = new Float64Array(this.observationSize);
    this.#next = new Float64Array(this.observationSize);
    this.derivative = derivativeOf(system, this.#state);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    for (let i = 0; i < this.#state.length; i++) this.#state[i] = this.#system.spread * this.#random.normal();
    this.#steps = 0;
    this.reward = 0;
    this.terminated = false;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const { a, b, q, r, noise } = this.#system;
    const effort = quadratic(r, action);
    this.reward = -quadratic(q, this.#state) - effort;
    for (let i = 0; i < this.#state.length; i++) {
      this.#next[i] = dot(a[i], this.#state) + dot(b[i], action) + noise * this.#random.normal();
    }
    this.#state.set(this.#next);
    this.#steps++;
    this.terminated = this.#steps >= this.#horizon;
    this.#publish(effort, observation);
  }

  #publish(effort: number, observation: Float32Array): void {
    observation.set(this.#state);
    this.signals[0] = Math.hypot(...this.#state);
    this.signals[1] = effort;
  }

  getState(): LqrState {
    const { reward } = this;
    return { state: [...this.#state], steps: this.#steps, reward, random: this.#random.getState() };
  }

  setState({ state, steps, reward, random }: LqrState): void {
    this.#state.set(state);
    this.#steps = steps;
    this.reward = reward;
    this.#random.setState(random);
  }
}

function derivativeOf({ a, b, q, r }: LinearQuadraticSystem, current: Float64Array): StepDerivative {
  const n = a.length;
  const m = r.length;
  const dNext = new Float64Array(n);
  return {
    stateSize: n,
    writeState: (state, at) => state.set(current, at),
    // x' = A x + B u and r = -(x'Qx + u'Ru), with Q and R symmetric.
    backwardStep(state, stateAt, action, actionAt, dReward, next, nextAt, dState, dStateAt, dAction, dActionAt) {
      for (let i = 0; i < n; i++) dNext[i] = next[nextAt + i];
      for (let k = 0; k < n; k++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += a[i][k] * dNext[i] - 2 * dReward * q[k][i] * state[stateAt + i];
        dState[dStateAt + k] = sum;
      }
      for (let k = 0; k < m; k++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += b[i][k] * dNext[i];
        for (let j = 0; j < m; j++) sum -= 2 * dReward * r[k][j] * action[actionAt + j];
        dAction[dActionAt + k] = sum;
      }
    },
    backwardObservation(_, __, dObservation, dObservationAt, dState, dStateAt) {
      for (let i = 0; i < n; i++) dState[dStateAt + i] += dObservation[dObservationAt + i];
    },
  };
}

/** The solution of the discounted Riccati equation: V*(x) = -(x'Px + c), u = -K x. */
export interface RiccatiSolution {
  p: number[][];
  gain: number[][];
}

/**
 * P = Q + gamma A'P(A - BK), K = gamma (R + gamma B'PB)^-1 B'PA, from P = 0 on: `steps` of them give the optimum with so
 * many steps to go, many the stationary one (Bertsekas 2012, "Dynamic programming and optimal control", section 4.1).
 * For systems of one action.
 */
export function riccati({ a, b, q, r }: LinearQuadraticSystem, gamma: number, steps = 10_000): RiccatiSolution {
  const n = a.length;
  let p = q.map((row) => row.map(() => 0));
  let gain = [new Array<number>(n).fill(0)];
  for (let k = 0; k < steps; k++) {
    const pa = multiply(p, a);
    const bpa = multiply(transposed(b), pa);
    const scale = gamma / (r[0][0] + gamma * multiply(transposed(b), multiply(p, b))[0][0]);
    gain = bpa.map((row) => row.map((value) => scale * value));
    const closed = subtract(a, multiply(b, gain));
    p = add(q, scaled(multiply(transposed(a), multiply(p, closed)), gamma));
  }
  return { p, gain };
}

/** A linear controller with noise: u ~ N(-K x + bias, deviation^2 I). */
export interface LinearPolicy {
  gain: number[][];
  bias: number[];
  deviation: number;
}

/**
 * Mean cost of an episode of `steps` steps, exactly: the second moments of [x, 1] go from step to step by
 * M' = F M F' + W.
 */
export function episodeCost(system: LinearQuadraticSystem, policy: LinearPolicy, steps: number, gamma = 1): number {
  const { closed, income, stepCost, noiseCost, first } = closedLoop(system, policy);
  let moments = first;
  let cost = 0;
  for (let t = 0; t < steps; t++) {
    cost += gamma ** t * (traceOfProduct(stepCost, moments) + noiseCost);
    moments = add(multiply(closed, multiply(moments, transposed(closed))), income);
  }
  return cost;
}

/**
 * What `episodeCost` goes to where episodes never end, by doubling: 2n steps cost what n steps cost and, gamma^n times,
 * what n steps cost from where these lead. From x that is x'Px + c. Infinity where the controller does not hold the
 * system.
 *
 * @param gamma below 1
 */
export function endlessCost(system: LinearQuadraticSystem, policy: LinearPolicy, gamma: number): number {
  let { closed, income, stepCost: p, noiseCost: c, first } = closedLoop(system, policy);
  for (let discount = gamma; discount > Number.EPSILON; discount **= 2) {
    c += discount * (c + traceOfProduct(p, income));
    p = add(p, scaled(multiply(transposed(closed), multiply(p, closed)), discount));
    income = add(income, multiply(closed, multiply(income, transposed(closed))));
    closed = multiply(closed, closed);
  }
  const cost = traceOfProduct(p, first) + c;
  return Number.isFinite(cost) ? cost : Infinity;
}

/** System and controller as one, in [x, 1]. */
interface ClosedLoop {
  /** F, of the mean. */
  closed: Matrix;
  /** W, that noise adds to the second moments at every step. */
  income: Matrix;
  stepCost: Matrix;
  /** Of noise in the actions, at every step. */
  noiseCost: number;
  /** Second moments in which episodes begin. */
  first: Matrix;
}

function closedLoop(
  { a, b, q, r, noise, spread }: LinearQuadraticSystem,
  { gain, bias, deviation }: LinearPolicy,
): ClosedLoop {
  const n = a.length;
  const control = gain.map((row, k) => [...row.map((value) => -value), bias[k]]);
  const jitter = multiply(b, transposed(b));
  const nothing = new Array<number>(n + 1).fill(0);
  return {
    closed: [...a.map((row, i) => [...row, 0].map((value, j) => value + dot(b[i], column(control, j)))), unit(n)],
    income: [
      ...a.map((_, i) => [...a.map((__, j) => deviation ** 2 * jitter[i][j] + (i === j ? noise ** 2 : 0)), 0]),
      nothing,
    ],
    stepCost: add([...q.map((row) => [...row, 0]), nothing], multiply(transposed(control), multiply(r, control))),
    noiseCost: deviation ** 2 * r.reduce((sum, row, k) => sum + row[k], 0),
    first: unitMatrix(n + 1).map((row, i) => row.map((value) => (i < n ? value * spread ** 2 : value))),
  };
}

type Matrix = readonly (readonly number[])[];

function dot(row: readonly number[], vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] * vector[i];
  return sum;
}

function quadratic(matrix: Matrix, vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < matrix.length; i++) sum += vector[i] * dot(matrix[i], vector);
  return sum;
}

function column(matrix: Matrix, j: number): number[] {
  return matrix.map((row) => row[j]);
}

function transposed(matrix: Matrix): number[][] {
  return matrix[0].map((_, j) => column(matrix, j));
}

function multiply(a: Matrix, b: Matrix): number[][] {
  const columns = transposed(b);
  return a.map((row) => columns.map((other) => dot(row, other)));
}

function add(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value + b[i][j]));
}

function subtract(a: Matrix, b: Matrix): number[][] {
  return a.map((row, i) => row.map((value, j) => value - b[i][j]));
}

function scaled(matrix: Matrix, factor: number): number[][] {
  return matrix.map((row) => row.map((value) => factor * value));
}

function unit(n: number): number[] {
  return [...new Array<number>(n).fill(0), 1];
}

function unitMatrix(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
}

function traceOfProduct(a: Matrix, b: Matrix): number {
  return a.reduce((sum, row, i) => sum + dot(row, column(b, i)), 0);
}
