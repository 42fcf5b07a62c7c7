import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';

/**
 * Shows a number, pays 1 for telling whether it is positive. Episode k of an environment lasts `lengths[k]` steps, the
 * list going round, and is cut short unless `terminates`.
 */
export function signEnv({ lengths = [5], terminates = false, spoil = Infinity } = {}): RowEnv {
  let episode = -1;
  let step = 0;
  let total = 0;
  let shown = 0;
  const show = (observation: Float32Array): void => {
    shown = ((total * 7 + episode * 3) % 5) - 2.2;
    observation[0] = total >= spoil ? Number.NaN : shown;
    observation[1] = step;
  };
  const env = {
    observationSpace: new Box(-Infinity, Infinity, [2]),
    actionSpace: new Discrete(2),
    observationSize: 2,
    actionSize: 1,
    reward: 0,
    terminated: false,
    truncated: false,
    signalNames: ['step'],
    signals: new Float64Array(1),
    reset(_: number | undefined, observation: Float32Array) {
      episode++;
      step = 0;
      show(observation);
    },
    step(action: Float32Array, observation: Float32Array) {
      env.reward = action[0] === (shown > 0 ? 1 : 0) ? 1 : 0;
      step++;
      total++;
      const over = step >= lengths[episode % lengths.length];
      env.terminated = over && terminates;
      env.truncated = over && !terminates;
      env.signals[0] = step;
      show(observation);
    },
    getState: () => ({ episode, step, total, shown }),
    setState(state: unknown) {
      ({ episode, step, total, shown } = state as { episode: number; step: number; total: number; shown: number });
    },
  };
  return env;
}

/**
 * Shows a number, `unit` times as large, pays for coming close to 3 times it: 0 at best. Episodes last 8 steps and are
 * cut short.
 */
export function aimEnv({ unit = 1 } = {}): RowEnv {
  let step = 0;
  let shown = 0;
  const show = (observation: Float32Array): void => {
    shown = Math.sin(7 * step + 1);
    observation[0] = unit * shown;
  };
  const env = {
    observationSpace: new Box(-Infinity, Infinity, [1]),
    actionSpace: new Box(-5, 5, [1]),
    observationSize: 1,
    actionSize: 1,
    reward: 0,
    terminated: false,
    truncated: false,
    signalNames: [],
    signals: new Float64Array(0),
    reset(_: number | undefined, observation: Float32Array) {
      step = 0;
      show(observation);
    },
    step(action: Float32Array, observation: Float32Array) {
      env.reward = -((action[0] - 3 * shown) ** 2);
      step++;
      env.truncated = step === 8;
      show(observation);
    },
    getState: () => ({ step, shown }),
    setState(state: unknown) {
      ({ step, shown } = state as { step: number; shown: number });
    },
  };
  return env;
}
