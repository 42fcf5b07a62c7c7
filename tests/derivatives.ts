import type { DifferentiableEnv } from '../src/core/row-env.ts';

/** Where a derivative is checked, and how an environment is put into a state. */
export interface DerivativeCase {
  env: DifferentiableEnv;
  /** Puts the environment into a recorded state, its noise to come the same each time. */
  place(state: Float64Array): void;
  state: readonly number[];
  action: readonly number[];
  /** Of the differences taken. Default 1e-5 for states, and for actions, which are in single precision, 2^-10. */
  step?: number;
}

/**
 * Largest distance between the derivatives of a step and central differences of the step itself, relative to their size
 * where that is above 1.
 */
export function derivativeError({ env, place, state, action, step = 1e-5 }: DerivativeCase): number {
  const { derivative } = env;
  const n = derivative.stateSize;
  const recorded = Float64Array.from(state);
  const taken = Float32Array.from(action);
  const observation = new Float32Array(env.observationSize);

  /** [reward, next state..., next observation...] */
  const outcome = (from: Float64Array, by: Float32Array): number[] => {
    place(from);
    env.step(by, observation);
    const next = new Float64Array(n);
    derivative.writeState(next, 0);
    return [env.reward, ...next];
  };
  const slopes = (move: (by: number) => number[], by: number): number[] => {
    const above = move(by);
    const below = move(-by);
    return above.map((value, i) => (value - below[i]) / (2 * by));
  };

  let worst = 0;
  const compare = (found: number, expected: number): void => {
    worst = Math.max(worst, Math.abs(found - expected) / Math.max(1, Math.abs(expected)));
  };
  for (let output = 0; output <= n; output++) {
    const dNext = new Float64Array(n);
    if (output > 0) dNext[output - 1] = 1;
    const dState = new Float64Array(n);
    const dAction = new Float32Array(taken.length);
    derivative.backwardStep(recorded, 0, taken, 0, output === 0 ? 1 : 0, dNext, 0, dState, 0, dAction, 0);
    for (let i = 0; i < n; i++) {
      const moved = (by: number) =>
        outcome(
          recorded.map((value, k) => (k === i ? value + by : value)),
          taken,
        );
      compare(dState[i], slopes(moved, step)[output]);
    }
    for (let i = 0; i < taken.length; i++) {
      const moved = (by: number) =>
        outcome(
          recorded,
          taken.map((value, k) => (k === i ? value + by : value)),
        );
      compare(dAction[i], slopes(moved, 2 ** -10)[output]);
    }
  }
  return worst;
}

/**
 * The same of what a state shows: largest distance between `backwardObservation` and central differences of the
 * observation, which is in single precision.
 *
 * @param show writes the observation of a recorded state
 */
export function observationError(
  { derivative, observationSize }: DifferentiableEnv,
  show: (state: Float64Array, observation: Float32Array) => void,
  state: readonly number[],
): number {
  const n = derivative.stateSize;
  const step = 2 ** -10;
  const recorded = Float64Array.from(state);
  const shown = (i: number, by: number): Float32Array => {
    const observation = new Float32Array(observationSize);
    const moved = Float64Array.from(recorded);
    moved[i] += by;
    show(moved, observation);
    return observation;
  };
  let worst = 0;
  for (let i = 0; i < n; i++) {
    const above = shown(i, step);
    const below = shown(i, -step);
    for (let k = 0; k < observationSize; k++) {
      const dObservation = new Float32Array(observationSize);
      dObservation[k] = 1;
      // 1 stands there already, to be added to.
      const dState = new Float64Array(n).fill(1);
      derivative.backwardObservation(recorded, 0, dObservation, 0, dState, 0);
      worst = Math.max(worst, Math.abs(dState[i] - 1 - (above[k] - below[k]) / (2 * step)));
    }
  }
  return worst;
}
