import { describe, expect, test } from '@jest/globals';
import { envOf, rowsOf } from '../../src/core/adapters/rows.ts';
import type { Env, ResetOptions } from '../../src/core/env.ts';
import { UserError } from '../../src/core/errors.ts';
import { checkKeys, nearestNames } from '../../src/core/nearest.ts';
import { listEnvs, make, makeRows, register, specOf } from '../../src/core/registry.ts';
import { Box, Dict, MultiDiscrete } from '../../src/core/spaces/index.ts';

interface Place {
  place: Float32Array;
  time: Int32Array;
}

/** Counts its steps from the seed on; never ends by itself. */
class Clock implements Env<Place, Int32Array> {
  readonly observationSpace = new Dict<Place & Record<string, unknown>>({
    time: new Box(0, 1e6, [1], 'int32'),
    place: new Box(-100, 100, [2]),
  });
  readonly actionSpace = new MultiDiscrete([3, 4], [-1, 0]);
  readonly signalNames = ['time'];
  time = 0;
  lastAction: number[] = [];
  seed: number | undefined;

  constructor({ start = 0 }: { start?: number } = {}) {
    this.start = start;
  }
  readonly start: number;

  reset({ seed }: ResetOptions = {}) {
    this.seed = seed;
    this.time = this.start;
    return { observation: this.observe(), info: {} };
  }

  step(action: Int32Array) {
    this.time++;
    this.lastAction = Array.from(action);
    const info = { time: this.time, place: 'here' } as Record<string, unknown>;
    return { observation: this.observe(), reward: action[0] * action[1], terminated: false, truncated: false, info };
  }

  observe(): Place {
    return { time: Int32Array.of(this.time), place: Float32Array.of(-this.time, this.time / 2) };
  }

  actionMask() {
    return Uint8Array.of(1, 1, this.time % 2, 1, 1, 1, 1);
  }

  getState() {
    return { time: this.time };
  }

  setState(state: unknown) {
    this.time = (state as { time: number }).time;
  }
}

const clocks: Clock[] = [];

register({
  id: 'test/Clock-v2',
  description: 'Tells the time.',
  maxEpisodeSteps: 3,
  rewardThreshold: 9,
  create: (options: { start?: number }) => {
    checkKeys('Clock option', options, ['start']);
    const clock = new Clock(options);
    clocks.push(clock);
    return clock as unknown as Env;
  },
});

register({ id: 'Sundial-v0', create: () => rowsOf(new Clock() as unknown as Env) });

describe('the registry', () => {
  test('tells what it has', () => {
    expect(listEnvs().map(({ id }) => id)).toEqual(['Sundial-v0', 'test/Clock-v2']);
    expect(specOf('test/Clock-v2')).toEqual({
      id: 'test/Clock-v2',
      description: 'Tells the time.',
      maxEpisodeSteps: 3,
      rewardThreshold: 9,
    });
  });

  test('makes an Env with its spec and time limit, its own values untouched', () => {
    const env = make('test/Clock-v2', { start: 7 });
    expect(env.spec.rewardThreshold).toBe(9);
    env.reset({ seed: 5 });
    expect(clocks.at(-1)?.seed).toBe(5);
    const results = [1, 2, 3].map(() => env.step(Int32Array.of(1, 2)));
    expect(results.map(({ truncated }) => truncated)).toEqual([false, false, true]);
    expect(results[2].observation).toEqual({ time: Int32Array.of(10), place: Float32Array.of(-10, 5) });
    expect(results[2].info['place']).toBe('here');
    env.reset();
    expect(env.step(Int32Array.of(0, 0)).truncated).toBe(false);
  });

  test('another time limit, or none', () => {
    const ends = (maxEpisodeSteps: number) => {
      const rows = makeRows('test/Clock-v2', {}, { maxEpisodeSteps });
      const observation = new Float32Array(3);
      rows.reset(1, observation);
      for (let i = 1; i <= 50; i++) {
        rows.step(Float32Array.of(0, 0), observation);
        if (rows.truncated) return i;
      }
      return 0;
    };
    expect([ends(5), ends(Infinity)]).toEqual([5, 0]);
    expect(() => ends(0)).toThrow('positive number of steps');
  });

  test('a time limit is part of the state', () => {
    for (const build of [() => make('test/Clock-v2'), () => envOf(makeRows('test/Clock-v2'))]) {
      const [env, copy] = [build(), build()];
      env.reset();
      env.step(Int32Array.of(0, 0));
      env.step(Int32Array.of(0, 0));
      copy.reset();
      copy.setState?.(JSON.parse(JSON.stringify(env.getState?.())));
      expect(copy.step(Int32Array.of(0, 0))).toEqual(env.step(Int32Array.of(0, 0)));
      expect(copy.step(Int32Array.of(0, 0)).truncated).toBe(true);
    }
  });

  test('unknown names are refused with the nearest', () => {
    expect(() => make('test/Clok-v2')).toThrow("There is no environment 'test/Clok-v2'. Did you mean test/Clock-v2?");
    expect(() => makeRows('sundial')).toThrow('Did you mean Sundial-v0?');
    expect(() => make('Volcano-v1')).toThrow('There are Sundial-v0, test/Clock-v2.');
    expect(() => make('test/Clock-v2', { strat: 1 })).toThrow(
      "Unknown Clock option 'strat'. Did you mean 'start'? Known: start.",
    );
  });

  test('ids that are taken or of another form are refused', () => {
    expect(() => register({ id: 'Sundial-v0', create: () => makeRows('test/Clock-v2') })).toThrow('registered already');
    expect(() => register({ id: 'Sundial', create: () => makeRows('test/Clock-v2') })).toThrow(UserError);
  });
});

describe('rowsOf and envOf', () => {
  test('spaces are flattened, choices become indices and back', () => {
    const clock = new Clock({ start: 4 });
    const rows = rowsOf(clock as unknown as Env);
    const observation = new Float32Array(rows.observationSize);
    rows.reset(undefined, observation);
    expect(Array.from(observation)).toEqual([-4, 2, 4]);
    expect(Array.from(rows.signals)).toEqual([0]);
    expect(Array.from(rows.actionMask ?? [])).toEqual([1, 1, 0, 1, 1, 1, 1]);
    rows.step(Float32Array.of(2, 3), observation);
    expect(clock.lastAction).toEqual([1, 3]);
    expect([rows.reward, rows.signals[0], rows.actionMask?.[2]]).toEqual([3, 5, 1]);

    const env = envOf(rows);
    env.reset();
    const { observation: back, info } = env.step(Int32Array.of(-1, 2));
    expect(back).toEqual({ place: Float32Array.of(-5, 2.5), time: Int32Array.of(5) });
    expect(info).toEqual({ time: 5 });
    expect(clock.lastAction).toEqual([-1, 2]);
  });

  test('every step of envOf returns arrays of its own', () => {
    const env = envOf(rowsOf(new Clock() as unknown as Env));
    const first = env.reset().observation as Place;
    env.step(Int32Array.of(0, 0));
    expect(Array.from(first.time)).toEqual([0]);
  });

  test.each([
    ['observation', { observation: { time: Int32Array.of(-1), place: new Float32Array(2) } }, 'time: Int32Array [-1]'],
    ['shape', { observation: { time: Int32Array.of(1), place: new Float32Array(3) } }, 'length 3'],
    ['reward', { reward: Number.NaN }, 'reward is NaN'],
    ['terminated', { terminated: 1 }, 'terminated is 1'],
    ['signal', { info: {} }, 'info.time is undefined'],
  ])('a wrong %s is refused by name', (_, wrong, message) => {
    const clock = new Clock();
    const step = clock.step.bind(clock);
    const env = Object.assign(clock, {
      step: (action: Int32Array) => ({ ...step(action), ...(clock.time === 2 ? wrong : {}) }),
    });
    const rows = rowsOf(env as unknown as Env, 'Clock-v2');
    const observation = new Float32Array(3);
    rows.reset(1, observation);
    rows.step(Float32Array.of(0, 0), observation);
    const second = () => rows.step(Float32Array.of(0, 0), observation);
    expect(second).toThrow(UserError);
    clock.time = 1;
    expect(second).toThrow(/^Clock-v2, step [23]: /);
    clock.time = 1;
    expect(second).toThrow(message);
  });

  test('misuse of envOf is refused', () => {
    const env = envOf(rowsOf(new Clock() as unknown as Env));
    expect(() => env.step(Int32Array.of(0, 0))).toThrow('before its first reset');
    expect(() => env.reset({ options: { low: 1 } })).toThrow("got 'low'");
    env.reset();
    expect(() => env.step(Int32Array.of(2, 0))).toThrow('Action Int32Array [2, 0] (length 2) is not in');
  });
});

describe('nearestNames', () => {
  test('slips of the pen, parts of the name, and nothing for the rest', () => {
    const names = ['turnover', 'drawdown', 'cost', 'portfolio.window'];
    expect(nearestNames('turnovr', names)).toEqual(['turnover']);
    expect(nearestNames('Cots', names)).toEqual(['cost']);
    expect(nearestNames('COSTS', names)).toEqual(['cost']);
    expect(nearestNames('window', names)).toEqual(['portfolio.window']);
    expect(nearestNames('volcano', names)).toEqual([]);
  });

  test('nearest first, no more than asked for', () => {
    expect(nearestNames('abcdef', ['abcdxx', 'abcdex', 'abcdef'], 2)).toEqual(['abcdef', 'abcdex']);
  });
});
