import { describe, expect, test } from '@jest/globals';
import { PlanarReach, type PlanarReachOptions } from '../../../envs/robot-arm/planar-reach.ts';
import { derivativeError, observationError } from '../../derivatives.ts';

/** An arm that can be put into a recorded state: angles, velocities, target. */
function armOf(options: PlanarReachOptions) {
  const env = new PlanarReach(options);
  const links = env.actionSize;
  const observation = new Float32Array(env.observationSize);
  const place = (state: Float64Array): void => {
    env.reset(0, observation);
    env.setState({
      ...env.getState(),
      angles: Array.from(state.subarray(0, links)),
      velocities: Array.from(state.subarray(links, 2 * links)),
      target: [...state.subarray(2 * links), 0],
    });
  };
  return { env, place };
}

const cases: [string, PlanarReachOptions, number[], number[]][] = [
  ['one link', { links: 1 }, [0.4, -2, 0.6, 0.8], [0.5]],
  ['one link under gravity', { links: 1, gravity: 9.81 }, [-2.1, 3, 0, 1], [-0.25]],
  ['two links, slow', { links: 2 }, [0.3, -0.4, 0.2, -0.1, 0.5, -0.3], [0.125, -0.5]],
  ['two links, fast, under gravity', { links: 2, gravity: 9.81 }, [2.3, 1.1, -6, 9, -0.2, 0.6], [0.75, -0.375]],
  ['three links', { links: 3 }, [0.1, 1.4, -0.9, 4, -5, 7, 0.3, 0.4], [-0.5, 0.25, 0.625]],
];

describe('the derivative of the planar arm', () => {
  test.each(cases)('agrees with differences of its steps: %s', (_, options, state, action) => {
    expect(derivativeError({ ...armOf(options), state, action })).toBeLessThan(2e-5);
  });

  test.each(cases)('agrees with differences of what it shows: %s', (_, options, state) => {
    const { env, place } = armOf(options);
    const shown = (recorded: Float64Array, observation: Float32Array): void => {
      place(recorded);
      env.observe(observation);
    };
    expect(observationError(env, shown, state)).toBeLessThan(1e-3);
  });

  test('beyond its bounds an action costs, but moves nothing', () => {
    const { env, place } = armOf({ links: 2 });
    const state = [0.3, -0.4, 0.2, -0.1, 0.5, -0.3];
    expect(derivativeError({ env, place, state, action: [1.5, -2] })).toBeLessThan(2e-5);
    const dAction = new Float32Array(2);
    const zeros = new Float64Array(6);
    env.derivative.backwardStep(
      Float64Array.from(state),
      0,
      Float32Array.of(1.5, -2),
      0,
      1,
      zeros,
      0,
      zeros,
      0,
      dAction,
      0,
    );
    // -0.01 * 2 a
    expect(Array.from(dAction)).toEqual([Math.fround(-0.03), Math.fround(0.04)]);
  });

  test('on the target itself nothing pulls', () => {
    const { env } = armOf({ links: 1 });
    // At rest with no torque the arm stays at (1, 0).
    const dState = new Float64Array(4);
    const dAction = new Float32Array(1);
    const state = Float64Array.of(0, 0, 1, 0);
    env.derivative.backwardStep(state, 0, Float32Array.of(0), 0, 1, new Float64Array(4), 0, dState, 0, dAction, 0);
    expect([...dState, ...dAction].every((value) => value === 0)).toBe(true);
  });

  test('asking for it leaves the arm where it is', () => {
    const { env, place } = armOf({ links: 2 });
    const state = [0.3, -0.4, 0.2, -0.1, 0.5, -0.3];
    place(Float64Array.from(state));
    const before = env.getState();
    const other = Float64Array.of(1, 2, 3, 4, 5, 6);
    env.derivative.backwardStep(
      other,
      0,
      Float32Array.of(0.5, 0.5),
      0,
      1,
      other,
      0,
      new Float64Array(6),
      0,
      new Float32Array(2),
      0,
    );
    env.derivative.backwardObservation(other, 0, new Float32Array(10), 0, new Float64Array(6), 0);
    expect(env.getState()).toEqual(before);
  });
});
