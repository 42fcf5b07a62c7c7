import { describe, expect, test } from '@jest/globals';
import type { Shaping } from '../../scenarios/schema.ts';
import { shapeRewards } from '../../scenarios/shaping.ts';
import { UserError } from '../../src/core/errors.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import type { Space } from '../../src/core/spaces/space.ts';

type Outcome = { reward: number; x: number; y: number; end?: 'terminated' | 'truncated' };

/** Plays a fixed script, whatever the action; publishes x and y, which start at the values of `start`. */
function scripted(start: { x: number; y: number }, script: readonly Outcome[], withState = true): RowEnv {
  const space = { flatSize: 1 } as Space;
  let at = 0;
  const signals = new Float64Array(2);
  const env = {
    observationSpace: space,
    actionSpace: space,
    observationSize: 1,
    actionSize: 1,
    signalNames: ['x', 'y'],
    signals,
    reward: 0,
    terminated: false,
    truncated: false,
    reset() {
      at = 0;
      signals.set([start.x, start.y]);
      Object.assign(env, { reward: 0, terminated: false, truncated: false });
    },
    step() {
      const { reward, x, y, end } = script[at++];
      signals.set([x, y]);
      Object.assign(env, { reward, terminated: end === 'terminated', truncated: end === 'truncated' });
    },
    ...(withState && {
      getState: () => ({ at, signals: [...signals], reward: env.reward }),
      setState(state: unknown) {
        const saved = state as { at: number; signals: number[]; reward: number };
        at = saved.at;
        signals.set(saved.signals);
        env.reward = saved.reward;
      },
    }),
  };
  return env;
}

const row = new Float32Array(1);

function play(env: RowEnv, steps: number): { rewards: number[]; signals: number[][] } {
  const rewards: number[] = [];
  const signals: number[][] = [];
  env.reset(undefined, row);
  for (let i = 0; i < steps; i++) {
    env.step(row, row);
    rewards.push(env.reward);
    signals.push([...env.signals]);
  }
  return { rewards, signals };
}

function shaping(...terms: Partial<Shaping['terms'][number]>[]): Shaping {
  return { reward: 1, terms: terms.map((term) => ({ name: 'term', weight: 1, ...term })) };
}

describe('the shaped reward', () => {
  // phi = 10 x, gamma = 0.5, weight 2; the plain term is y^2 with weight -1; the environment's own counts three times.
  const config: Shaping = {
    reward: 3,
    terms: [
      { name: 'near', weight: 2, potential: '10 x' },
      { name: 'effort', weight: -1, expression: 'y^2' },
    ],
  };
  const script: Outcome[] = [
    { reward: 1, x: 0.5, y: 1 },
    { reward: -2, x: 0.25, y: 3, end: 'truncated' },
  ];

  test('is the weighted sum, worked by hand', () => {
    const { rewards, signals } = play(shapeRewards(scripted({ x: 1, y: 9 }, script), config, 0.5), 2);
    // phi goes 10, 5, 2.5. First step: 3 x 1 + 2 (0.5 x 5 - 10) - 1^2 = 3 - 15 - 1.
    // Second: 3 x -2 + 2 (0.5 x 2.5 - 5) - 3^2 = -6 - 7.5 - 9; a truncated episode's phi(s') counts.
    expect(rewards).toEqual([-13, -22.5]);
    // x, y, the raw reward, then each term with its weight.
    expect(signals).toEqual([
      [0.5, 1, 1, -15, -1],
      [0.25, 3, -2, -7.5, -9],
    ]);
  });

  test('takes the potential of a terminal state as 0', () => {
    const ending: Outcome[] = [script[0], { ...script[1], end: 'terminated' }];
    const { signals } = play(shapeRewards(scripted({ x: 1, y: 9 }, ending), config, 0.5), 2);
    expect(signals[1][3]).toBe(2 * (0.5 * 0 - 5));
  });

  test('names its parts', () => {
    expect(shapeRewards(scripted({ x: 0, y: 0 }, []), config, 0.5).signalNames).toEqual([
      'x',
      'y',
      'reward/raw',
      'shaping/near',
      'shaping/effort',
    ]);
  });

  test('starts each episode from the potential of its first state', () => {
    const env = shapeRewards(scripted({ x: 1, y: 9 }, script), config, 0.5);
    expect(play(env, 2)).toEqual(play(env, 2));
  });

  test('without shaping is left to the environment itself', () => {
    const env = scripted({ x: 0, y: 0 }, script);
    expect(shapeRewards(env, { reward: 1, terms: [] }, 0.9)).toBe(env);
  });

  test('goes on exactly where it stood', () => {
    const whole = play(shapeRewards(scripted({ x: 1, y: 9 }, script), config, 0.5), 2);
    const first = shapeRewards(scripted({ x: 1, y: 9 }, script), config, 0.5);
    play(first, 1);
    const second = shapeRewards(scripted({ x: 1, y: 9 }, script), config, 0.5);
    second.setState!(JSON.parse(JSON.stringify(first.getState!())));
    expect([...second.signals]).toEqual(whole.signals[0]);
    expect(second.reward).toBe(whole.rewards[0]);
    second.step(row, row);
    expect(second.reward).toBe(whole.rewards[1]);
  });

  test('has no state to tell where the environment has none', () => {
    expect(shapeRewards(scripted({ x: 0, y: 0 }, script, false), config, 0.5).getState).toBeUndefined();
  });
});

test('potential terms telescope: their discounted sum is gamma^T phi(s_T) - phi(s_0)', () => {
  const gamma = 0.97;
  const length = 60;
  const x = (t: number) => Math.sin(t) + 0.1 * t;
  for (const end of ['terminated', 'truncated'] as const) {
    const script = Array.from({ length }, (_, t): Outcome => ({ reward: 0, x: x(t + 1), y: 0 }));
    script[length - 1].end = end;
    const env = shapeRewards(scripted({ x: x(0), y: 0 }, script), shaping({ potential: 'exp(x) + x^3' }), gamma);
    const sum = play(env, length).rewards.reduce((total, reward, t) => total + gamma ** t * reward, 0);
    const phi = (t: number) => Math.exp(x(t)) + x(t) ** 3;
    const last = end === 'terminated' ? 0 : gamma ** length * phi(length);
    expect(sum).toBeCloseTo(last - phi(0), 8);
  }
});

describe('on a chain solved exactly', () => {
  // Five states in a row. Going left from state 0 ends the episode with reward 1, going right from state 4 with 3.
  const states = 5;
  const gamma = 0.8;

  /** One step of the chain as a shaped environment does it: reward and next state, -1 for the end. */
  function transition(state: number, move: -1 | 1, shape: Shaping): { reward: number; next: number } {
    const next = state + move;
    const ends = next < 0 || next >= states;
    const reward = next < 0 ? 1 : next >= states ? 3 : 0;
    const env = shapeRewards(
      scripted({ x: state, y: 0 }, [{ reward, x: next, y: 0, end: ends ? 'terminated' : undefined }]),
      shape,
      gamma,
    );
    return { reward: play(env, 1).rewards[0], next: ends ? -1 : next };
  }

  /** The best move in each state, by value iteration. */
  function bestMoves(shape: Shaping): string {
    const moves = ([-1, 1] as const).map((move) =>
      Array.from({ length: states }, (_, state) => transition(state, move, shape)),
    );
    let values = new Array<number>(states).fill(0);
    const worth = (way: number, state: number) => {
      const { reward, next } = moves[way][state];
      return reward + (next < 0 ? 0 : gamma * values[next]);
    };
    for (let sweep = 0; sweep < 500; sweep++) {
      values = values.map((_, state) => Math.max(worth(0, state), worth(1, state)));
    }
    return values.map((_, state) => (worth(0, state) > worth(1, state) ? '<' : '>')).join('');
  }

  const optimal = bestMoves(shaping());

  test('without shaping the far reward wins where it is worth the way', () => {
    // From state 0: 1 at once against 3 x 0.8^4 = 1.23. It wins everywhere.
    expect(optimal).toBe('>>>>>');
  });

  test.each([['-x'], ['10 x'], ['x == 2 ? 50 : 0'], ['-(x - 1)^2'], ['7']])(
    'the potential %s leaves the optimal policy as it was',
    (potential) => {
      expect(bestMoves(shaping({ potential }))).toBe(optimal);
    },
  );

  test('the same quantity as a plain term does not', () => {
    // Pay of 50 in state 2, without end: going back and forth beats leaving.
    expect(bestMoves(shaping({ expression: 'x == 2 ? 50 : 0' }))).not.toBe(optimal);
    // Position itself as a cost: the near exit is better from the left.
    expect(bestMoves(shaping({ expression: '-x' }))).toMatch(/^</);
  });
});

describe('a term that is not finite', () => {
  test('is an error that names the term, the step and the signals', () => {
    const script: Outcome[] = [
      { reward: 0, x: 1, y: 2 },
      { reward: 0, x: 0, y: 2 },
    ];
    const env = shapeRewards(scripted({ x: 1, y: 2 }, script), shaping({ name: 'depth', expression: 'log(x)' }), 0.9);
    expect(() => play(env, 1)).not.toThrow();
    expect(() => play(env, 2)).toThrow(UserError);
    expect(() => play(env, 2)).toThrow(
      "The shaping term 'depth' gave -Infinity at step 2 of an episode, expected a finite number.\n  log(x)\n  with x = 0, y = 2",
    );
  });

  test('is one in a potential at the start too', () => {
    const env = shapeRewards(scripted({ x: -1, y: 2 }, []), shaping({ potential: 'sqrt(x)' }), 0.9);
    expect(() => env.reset(0, row)).toThrow(/gave NaN at step 0/);
  });
});

test('an unknown signal is told with its term and the nearest names', () => {
  expect(() => shapeRewards(scripted({ x: 0, y: 0 }, []), shaping({ expression: '2 xx' }), 0.9)).toThrow(
    "shaping.terms[0].expression: unknown name 'xx' at character 3; did you mean 'x'?",
  );
});
