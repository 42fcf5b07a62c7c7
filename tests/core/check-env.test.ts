import { describe, expect, test } from '@jest/globals';
import { checkEnv } from '../../src/core/check-env.ts';
import type { Env, EnvState, ResetOptions } from '../../src/core/env.ts';
import { UserError } from '../../src/core/errors.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { Box, Dict, Discrete, MultiDiscrete, type Space, Tuple } from '../../src/core/spaces/index.ts';

/** A noisy walk on a line, ten steps an episode. Nothing is wrong with it. */
class Walk implements Env<Float32Array, number> {
  readonly observationSpace: Space<Float32Array> = new Box(-20, 20, [2]);
  readonly actionSpace: Space<number> = new Discrete(2);
  readonly signalNames: readonly string[] = ['distance'];
  random = new Random();
  position = 0;
  steps = 0;

  reset({ seed }: ResetOptions = {}) {
    if (seed !== undefined) this.random = new Random(seed);
    this.position = this.random.uniform(-1, 1);
    this.steps = 0;
    return { observation: this.observe(), info: {} };
  }

  step(action: number) {
    this.position += action - 0.5 + this.random.uniform(-0.1, 0.1);
    this.steps++;
    return {
      observation: this.observe(),
      reward: -Math.abs(this.position),
      terminated: Math.abs(this.position) > 3,
      truncated: this.steps === 10,
      info: { distance: Math.abs(this.position) } as Record<string, unknown>,
    };
  }

  observe(): Float32Array {
    return Float32Array.of(this.position, this.steps);
  }

  getState(): EnvState {
    return { position: this.position, steps: this.steps, random: this.random.getState() };
  }

  setState(state: EnvState): void {
    const { position, steps, random } = state as { position: number; steps: number; random: RandomState };
    this.position = position;
    this.steps = steps;
    this.random.setState(random);
  }
}

/** The walk with some of its parts replaced. */
function spoilt(change: (walk: Walk) => object): Env {
  const walk = new Walk();
  return Object.assign(walk, change(walk)) as unknown as Env;
}

/** Changes what each step returns. */
function afterStep(change: (result: ReturnType<Walk['step']>, walk: Walk) => object): Env {
  return spoilt((walk) => ({ step: (action: number) => change(Walk.prototype.step.call(walk, action), walk) }));
}

function afterReset(change: (result: ReturnType<Walk['reset']>, walk: Walk) => unknown): Env {
  return spoilt((walk) => ({
    reset: (options: ResetOptions) => change(Walk.prototype.reset.call(walk, options), walk),
  }));
}

test('a sound environment passes without warnings', () => {
  expect(checkEnv(new Walk() as unknown as Env)).toEqual([]);
});

describe('each fault is told', () => {
  const shared = new Float32Array(2);
  const faults: [string, () => Env, string | RegExp][] = [
    ['no observation space', () => spoilt(() => ({ observationSpace: undefined })), 'observationSpace is undefined'],
    ['a space that is none', () => spoilt(() => ({ actionSpace: { n: 2 } })), 'actionSpace is { n: 2 }'],
    ['an empty space', () => spoilt(() => ({ observationSpace: new Box(0, 1, [0]) })), 'holds no numbers'],
    [
      'a space that does not contain its samples',
      () => spoilt(() => ({ observationSpace: Object.assign(new Box(0, 1, [2]), { contains: () => false }) })),
      'which it does not contain',
    ],
    [
      'actions in parts',
      () => spoilt(() => ({ actionSpace: new Tuple([new Discrete(2)]) })),
      'Actions come from a Box, Discrete',
    ],
    ['no step', () => spoilt(() => ({ step: undefined })), 'step is undefined, expected a method'],
    ['a close that cannot be called', () => spoilt(() => ({ close: true })), 'close is true'],
    ['half a state', () => spoilt(() => ({ setState: undefined })), 'only one: write both'],
    ['reset returns the bare observation', () => afterReset(({ observation }) => observation), "no 'observation'"],
    ['reset returns nothing', () => afterReset(() => undefined), 'reset({ seed: 0 }) returned undefined'],
    ['an async reset', () => afterReset(async (result) => result), 'returned a promise'],
    ['reset without info', () => afterReset(({ observation }) => ({ observation })), "returned no 'info'"],
    [
      'a first observation outside the space',
      () => afterReset((result) => ({ ...result, observation: Float32Array.of(0, 99) })),
      /reset\({ seed: 0 }\) returned the observation Float32Array \[0, 99\]/,
    ],
    [
      'an observation of another length',
      () => afterStep((result) => ({ ...result, observation: Float32Array.of(0) })),
      /step 1 .*length 1/,
    ],
    [
      'NaN in an observation',
      () => afterStep((result) => ({ ...result, observation: Float32Array.of(0, Number.NaN) })),
      /step 1 .*NaN/,
    ],
    ['a reward in text', () => afterStep((result) => ({ ...result, reward: '1' })), 'returned reward "1"'],
    [
      'an infinite reward, later',
      () => afterStep((result, { steps }) => ({ ...result, reward: steps === 3 ? Infinity : 0 })),
      /step 3 .*reward Infinity/,
    ],
    ['terminated as a number', () => afterStep((result) => ({ ...result, terminated: 0 })), 'terminated 0'],
    ['truncated missing', () => afterStep(({ truncated: _, ...rest }) => rest), "returned no 'truncated'"],
    ['info as a number', () => afterStep((result) => ({ ...result, info: 3 })), 'info 3, expected an object'],
    ['a signal that is missing', () => afterStep((result) => ({ ...result, info: {} })), 'info.distance undefined'],
    [
      'a first state from elsewhere than the seed',
      () => spoilt((walk) => ({ observe: () => Float32Array.of(walk.position + Math.random(), 0) })),
      /same actions give other results, first at reset/,
    ],
    [
      'a reward from elsewhere than the seed',
      () => afterStep((result) => ({ ...result, reward: Math.random() })),
      /first at step 1 .*reward is/,
    ],
    [
      'an observation array written over',
      () =>
        spoilt((walk) => ({
          observe: () => {
            shared.set([walk.position, walk.steps]);
            return shared;
          },
        })),
      'step 1 returned an observation that shares memory with that of reset',
    ],
    [
      'a state without the random stream',
      () =>
        spoilt((walk) => ({
          setState: (state: EnvState) => {
            const { position, steps } = state as Walk;
            Object.assign(walk, { position, steps });
          },
        })),
      'After setState(getState()) the environment goes on otherwise',
    ],
    ['a state that is nothing', () => spoilt(() => ({ getState: () => undefined })), 'getState() is undefined'],
    ['a mask of the wrong length', () => spoilt(() => ({ actionMask: () => new Uint8Array(3) })), 'expected 2 bytes'],
    ['a mask that allows nothing', () => spoilt(() => ({ actionMask: () => new Uint8Array(2) })), 'no choice left'],
    ['a picture of numbers', () => spoilt(() => ({ render: () => 3 })), 'render() is 3'],
  ];

  test.each(faults)('%s', (_, make, message) => {
    const check = () => checkEnv(make());
    expect(check).toThrow(UserError);
    expect(check).toThrow(message);
  });

  test('an observation inside a Dict that is shared', () => {
    const space = new Dict({ place: new Box(-20, 20, [2]) });
    const place = new Float32Array(2);
    const env = spoilt(() => ({ observationSpace: space, observe: () => ({ place }) }));
    expect(() => checkEnv(env)).toThrow('shares memory');
  });

  test('a close that throws', () => {
    const env = spoilt(() => ({
      close: () => {
        throw new Error('stuck');
      },
    }));
    expect(() => checkEnv(env)).toThrow('stuck');
    expect(checkEnv(env, { close: false })).toEqual([]);
  });
});

test('masked actions are not tried', () => {
  const tried = new Set<string>();
  const env = spoilt((walk) => ({
    actionSpace: new MultiDiscrete([2, 3]),
    actionMask: () => Uint8Array.of(1, 0, 0, 1, 1),
    step: (action: Int32Array) => {
      tried.add(Array.from(action).join());
      return Walk.prototype.step.call(walk, action[0]);
    },
  }));
  checkEnv(env);
  expect([...tried].sort()).toEqual(['0,1', '0,2']);
});

test('what is odd but allowed is warned of', () => {
  const seedless = spoilt((walk) => ({
    actionSpace: new Box(-5, 5, [1]),
    random: { uniform: () => 0, getState: () => 0, setState: () => {} },
    reset: () => Walk.prototype.reset.call(walk, {}),
    step: (action: Float32Array) => Walk.prototype.step.call(walk, action[0] > 0 ? 1 : 0),
  }));
  const warnings = checkEnv(seedless);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('not from -1 to 1');
  expect(warnings[1]).toContain('Seeds 0 and 1 give the same episode');
});
