import { describe, expect, test } from '@jest/globals';
import type { Shaping } from '../../scenarios/schema.ts';
import { shapeRewards } from '../../scenarios/shaping.ts';
import { UserError } from '../../src/core/errors.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { AutoresetMode, VectorEnv } from '../../src/core/vector-env.ts';
import { deferred } from './deferred-envs.ts';

type Outcome = { reward: number; x: number; y: number; end?: 'terminated' | 'truncated' };

/** x and y of the first state, then what each step brings. */
type Episode = { x: number; y: number; steps: readonly Outcome[] };

/** Plays episodes in turn, over and over, whatever the action; publishes x and y. */
function scripted(episodes: readonly Episode[], withState = true): RowEnv {
  const space = new Box(-1, 1, [1]);
  let episode = -1;
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
      episode = (episode + 1) % episodes.length;
      at = 0;
      signals.set([episodes[episode].x, episodes[episode].y]);
    },
    step() {
      const { reward, x, y, end } = episodes[episode].steps[at++];
      signals.set([x, y]);
      Object.assign(env, { reward, terminated: end === 'terminated', truncated: end === 'truncated' });
    },
    ...(withState && {
      getState: () => [episode, at],
      setState(state: unknown) {
        [episode, at] = state as [number, number];
      },
    }),
  };
  return env;
}

/** One environment that plays episodes. */
function single(...episodes: Episode[]): SyncVectorEnv {
  return new SyncVectorEnv(() => scripted(episodes), 1);
}

const actions = new Float32Array(16);

function step(envs: VectorEnv): void {
  expect(envs.step(actions.subarray(0, envs.numEnvs))).toBeUndefined();
}

function play(envs: VectorEnv, steps: number): { rewards: number[]; signals: number[][] } {
  const rewards: number[] = [];
  const signals: number[][] = [];
  envs.reset();
  for (let i = 0; i < steps; i++) {
    step(envs);
    rewards.push(...envs.rewards);
    signals.push([...envs.signals]);
  }
  return { rewards, signals };
}

function shaping(...terms: Partial<Shaping['terms'][number]>[]): Shaping {
  return { reward: 1, terms: terms.map((term) => ({ name: 'term', weight: 1, ...term })) };
}

// phi = 10 x, weight 2; the plain term is y^2 with weight -1; the environment's own counts three times.
const config: Shaping = {
  reward: 3,
  terms: [
    { name: 'near', weight: 2, potential: '10 x' },
    { name: 'effort', weight: -1, expression: 'y^2' },
  ],
};

const hike: Episode = {
  x: 1,
  y: 9,
  steps: [
    { reward: 1, x: 0.5, y: 1 },
    { reward: -2, x: 0.25, y: 3, end: 'truncated' },
  ],
};

/** As `hike`, but its end is one of the task. */
const climb: Episode = { ...hike, steps: [hike.steps[0], { ...hike.steps[1], end: 'terminated' }] };

/** Episodes of different lengths, starts and ends. */
function journeys(env: number): Episode[] {
  return [5, 1, 8, 3].map((length, k): Episode => {
    const x = (t: number) => Math.sin(3 * t + k + 2 * env);
    const steps = Array.from({ length }, (_, t) => ({ reward: Math.cos(t + k), x: x(t + 1), y: t }) as Outcome);
    steps[length - 1].end = (k + env) % 2 ? 'truncated' : 'terminated';
    return { x: x(0), y: -1, steps };
  });
}

describe('the shaped reward', () => {
  test('is the weighted sum, worked by hand', () => {
    const { rewards, signals } = play(shapeRewards(single(hike), config, 0.5), 2);
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
    const { signals } = play(shapeRewards(single(climb), config, 0.5), 2);
    expect(signals[1][3]).toBe(2 * (0.5 * 0 - 5));
  });

  test('names its parts, which a first state has none of', () => {
    const envs = shapeRewards(single(hike), config, 0.5);
    expect(envs.signalNames).toEqual(['x', 'y', 'reward/raw', 'shaping/near', 'shaping/effort']);
    play(envs, 1);
    envs.reset();
    expect([...envs.rewards]).toEqual([0]);
    expect([...envs.signals]).toEqual([1, 9, 0, 0, 0]);
    expect([...envs.startSignals]).toEqual([1, 9, 0, 0, 0]);
  });

  test('starts each episode from the potential of its first state', () => {
    const envs = shapeRewards(single(hike), config, 0.5);
    expect(play(envs, 1)).toEqual(play(envs, 1));
  });

  test('is all that changes', () => {
    const inner = single(hike);
    const envs = shapeRewards(inner, config, 0.5);
    for (const name of ['observations', 'finalObservations', 'terminated', 'truncated', 'actionMasks'] as const) {
      expect(envs[name]).toBe(inner[name]);
    }
    play(envs, 1);
    expect([...inner.rewards]).toEqual([1]);
    expect([...inner.signals]).toEqual([0.5, 1]);
  });

  test('without shaping is left to the environments themselves', () => {
    const envs = single(hike);
    expect(shapeRewards(envs, { reward: 1, terms: [] }, 0.9)).toBe(envs);
  });
});

describe('over several episodes', () => {
  const gamma = 0.97;
  const phi = (x: number) => Math.exp(x) + x ** 3;
  const weighted: Shaping = {
    reward: 0.5,
    terms: [
      { name: 'term', weight: 2, potential: 'exp(x) + x^3' },
      { name: 'other', weight: 1, potential: 'y' },
    ],
  };

  /** Plays and gives, per environment, the discounted sum of each of its episodes' shares of the term. */
  function sums(autoreset: AutoresetMode): number[][] {
    const envs = shapeRewards(new SyncVectorEnv((i) => scripted(journeys(i)), 2, { autoreset }), weighted, gamma);
    const { numEnvs, signalNames, signals, rewards } = envs;
    const told = (env: number, name: string) => signals[env * signalNames.length + signalNames.indexOf(name)];
    const episodes: number[][] = [[], []];
    const sum = [0, 0];
    const t = [0, 0];
    const ended = new Uint8Array(numEnvs);
    envs.reset();
    for (let steps = 0; steps < 60; steps++) {
      if (autoreset === 'disabled' && ended.some(Boolean)) {
        envs.reset({ mask: ended });
        ended.fill(0);
      }
      step(envs);
      for (let env = 0; env < numEnvs; env++) {
        const parts = ['shaping/term', 'shaping/other'].map((name) => told(env, name));
        expect(rewards[env]).toBeCloseTo(0.5 * told(env, 'reward/raw') + parts[0] + parts[1], 12);
        if (ended[env]) {
          // Under next-step this was a reset.
          expect([rewards[env], told(env, 'reward/raw'), ...parts]).toEqual([0, 0, 0, 0]);
          expect(told(env, 'y')).toBe(-1);
          ended[env] = 0;
          continue;
        }
        sum[env] += gamma ** t[env]++ * parts[0];
        if (envs.terminated[env] || envs.truncated[env]) {
          episodes[env].push(sum[env]);
          sum[env] = t[env] = 0;
          ended[env] = autoreset === 'same-step' ? 0 : 1;
        }
      }
    }
    return episodes;
  }

  test.each<AutoresetMode>(['same-step', 'next-step', 'disabled'])(
    'a potential telescopes to gamma^T phi(s_T) - phi(s_0) in each of them under %s',
    (autoreset) => {
      sums(autoreset).forEach((episodes, env) => {
        expect(episodes.length).toBeGreaterThan(10);
        const script = journeys(env);
        episodes.forEach((sum, k) => {
          const { x, steps } = script[k % script.length];
          const last = steps[steps.length - 1];
          const rest = last.end === 'terminated' ? 0 : gamma ** steps.length * phi(last.x);
          expect(sum).toBeCloseTo(2 * (rest - phi(x)), 10);
        });
      });
    },
  );

  test('those that end together are reset by the array that tells it', () => {
    // Resetting clears `terminated`, which is the mask here.
    const batch = new SyncVectorEnv(() => scripted([climb]), 2, { autoreset: 'disabled' });
    const envs = shapeRewards(batch, config, 0.5);
    const { rewards } = play(envs, 2);
    envs.reset({ mask: envs.terminated });
    expect([...envs.rewards]).toEqual([0, 0]);
    step(envs);
    expect([...envs.rewards]).toEqual(rewards.slice(0, 2));
  });

  test('a mask leaves the others where they stand', () => {
    const envs = shapeRewards(new SyncVectorEnv(() => scripted([hike]), 2), config, 0.5);
    play(envs, 1);
    envs.reset({ mask: Uint8Array.of(0, 1) });
    expect([...envs.rewards]).toEqual([-13, 0]);
    step(envs);
    expect([...envs.rewards]).toEqual([-22.5, -13]);
  });
});

describe('environments that give promises', () => {
  const make = (first: number, count: number) => new SyncVectorEnv((i) => scripted(journeys(first + i)), count);
  const rows = (envs: VectorEnv, start: number, end: number) => {
    const width = envs.signalNames.length;
    return {
      rewards: [...envs.rewards.slice(start, end)],
      signals: [...envs.signals.slice(start * width, end * width)],
      startSignals: [...envs.startSignals.slice(start * width, end * width)],
    };
  };

  test('are shaped group by group as local ones are, in whatever order they answer', async () => {
    const remote = deferred([make(0, 2), make(2, 1)]);
    const envs = shapeRewards(remote.envs, config, 0.9);
    const local = shapeRewards(make(0, 3), config, 0.9);
    expect(envs.groups).toBe(remote.envs.groups);
    await envs.reset();
    local.reset();
    expect(rows(envs, 0, 3)).toEqual(rows(local, 0, 3));
    for (let t = 0; t < 40; t++) {
      const before = rows(envs, 0, 2);
      const stepped = envs.groups.map((group) => envs.step(actions.subarray(0, 3), group));
      step(local);
      remote.answer(1);
      await stepped[1];
      expect(rows(envs, 2, 3)).toEqual(rows(local, 2, 3));
      expect(rows(envs, 0, 2)).toEqual(before);
      remote.answer(0);
      await stepped[0];
      expect(rows(envs, 0, 3)).toEqual(rows(local, 0, 3));
    }
  });

  test('are all shaped when all are stepped', async () => {
    const remote = deferred([make(0, 1), make(1, 1)]);
    const envs = shapeRewards(remote.envs, config, 0.9);
    const local = shapeRewards(make(0, 2), config, 0.9);
    await envs.reset();
    local.reset();
    const stepped = envs.step(actions.subarray(0, 2));
    for (const group of [0, 1]) remote.answer(group);
    await stepped;
    step(local);
    expect(rows(envs, 0, 2)).toEqual(rows(local, 0, 2));
  });

  test('go on exactly where they stood', async () => {
    const build = () => deferred([make(0, 1), make(1, 1)]);
    const advance = async (remote: ReturnType<typeof build>, envs: VectorEnv) => {
      const stepped = envs.step(actions.subarray(0, 2));
      for (const group of [0, 1]) remote.answer(group);
      await stepped;
    };
    const [first, second] = [build(), build()];
    const [whole, resumed] = [first, second].map(({ envs }) => shapeRewards(envs, config, 0.9));
    await whole.reset();
    for (let t = 0; t < 7; t++) await advance(first, whole);
    await resumed.setState(JSON.parse(JSON.stringify(whole.getState())));
    for (let t = 0; t < 20; t++) {
      await advance(first, whole);
      await advance(second, resumed);
      expect([...resumed.rewards]).toEqual([...whole.rewards]);
    }
  });

  test('reject where a term has no value', async () => {
    const remote = deferred([single(hike), single(hike)]);
    const envs = shapeRewards(remote.envs, shaping({ expression: 'log(x - 0.5)' }), 0.9);
    await envs.reset();
    const stepped = envs.step(actions.subarray(0, 2), envs.groups[1]);
    remote.answer(1);
    await expect(stepped).rejects.toThrow("'term' gave -Infinity in environment 1, at step 1");
  });
});

describe('a saved state', () => {
  test.each<AutoresetMode>(['same-step', 'next-step'])('goes on exactly where it stood under %s', (autoreset) => {
    const make = () => shapeRewards(new SyncVectorEnv((i) => scripted(journeys(i)), 2, { autoreset }), config, 0.9);
    // Some of these stand in the middle of an episode, some at an end.
    for (let stood = 0; stood < 12; stood++) {
      const [whole, resumed] = [make(), make()];
      play(whole, stood);
      const saved = whole.getState();
      expect(saved.complete).toBe(true);
      resumed.setState(JSON.parse(JSON.stringify(saved)));
      for (let t = 0; t < 12; t++) {
        step(whole);
        step(resumed);
        expect([...resumed.rewards]).toEqual([...whole.rewards]);
        expect([...resumed.signals]).toEqual([...whole.signals]);
      }
    }
  });

  test('counts the steps on', () => {
    const fall = { ...hike, steps: [hike.steps[0], { reward: 0, x: 0, y: 0 }] };
    const make = () => shapeRewards(single(fall), shaping({ expression: 'log(x)' }), 0.9);
    const [whole, resumed] = [make(), make()];
    play(whole, 1);
    resumed.setState(whole.getState());
    expect(() => step(resumed)).toThrow(/at step 2 of an episode/);
  });

  test('of environments that cannot tell theirs begins new episodes', () => {
    const make = () => shapeRewards(new SyncVectorEnv(() => scripted([hike], false), 1), config, 0.5);
    const [whole, resumed] = [make(), make()];
    const { rewards } = play(whole, 1);
    const saved = whole.getState();
    expect(saved.complete).toBe(false);
    resumed.setState(JSON.parse(JSON.stringify(saved)));
    step(resumed);
    expect([...resumed.rewards]).toEqual(rewards);
  });
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
    const outcome: Outcome = { reward, x: next, y: 0, end: ends ? 'terminated' : undefined };
    const envs = shapeRewards(single({ x: state, y: 0, steps: [outcome] }), shape, gamma);
    return { reward: play(envs, 1).rewards[0], next: ends ? -1 : next };
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
  test('is an error that names the term, the environment, the step and the signals', () => {
    const fall = { x: 1, y: 2, steps: [hike.steps[0], { reward: 0, x: 0, y: 2 }] };
    const rise = { x: 1, y: 2, steps: [hike.steps[0], hike.steps[0]] };
    const batch = new SyncVectorEnv((i) => scripted([i === 2 ? fall : rise]), 3);
    const envs = shapeRewards(batch, shaping({ name: 'depth', expression: 'log(x)' }), 0.9);
    expect(() => play(envs, 1)).not.toThrow();
    expect(() => play(envs, 2)).toThrow(UserError);
    expect(() => play(envs, 2)).toThrow(
      "The shaping term 'depth' gave -Infinity in environment 2, at step 2 of an episode, expected a finite number.\n" +
        '  log(x)\n  with x = 0, y = 2',
    );
  });

  test('is one in a potential at the start too', () => {
    const envs = shapeRewards(single({ ...hike, x: -1 }), shaping({ potential: 'sqrt(x)' }), 0.9);
    expect(() => envs.reset()).toThrow(/gave NaN in environment 0, at step 0/);
  });
});

describe('signals that are told after steps only', () => {
  /** Publishes x from the first step of an episode on, y always. */
  const late = { ...hike, x: Number.NaN };

  test.each(['10 x', 'y + x^2', 'x > 0 ? 1 : 0'])('have no potential at the start: %s', (potential) => {
    const envs = shapeRewards(single(late), shaping({ name: 'near', potential }), 0.9);
    expect(() => envs.reset()).toThrow(UserError);
    expect(() => envs.reset()).toThrow(
      "The shaping term 'near' is a potential over 'x', which environment 0 does not tell at the start of an episode.\n" +
        `  ${potential}\nThe difference of potentials in the first step needs it: publish it in the info of reset() too.`,
    );
  });

  test('are found wherever an episode begins', () => {
    const envs = shapeRewards(single(hike, late), shaping({ potential: 'x' }), 0.9);
    expect(() => play(envs, 1)).not.toThrow();
    expect(() => step(envs)).toThrow(/a potential over 'x', which environment 0/);
  });

  test('may be used where they are not looked at then', () => {
    const told = (term: Partial<Shaping['terms'][number]>) => play(shapeRewards(single(late), shaping(term), 0.5), 1);
    expect(told({ potential: 'y' }).rewards).toEqual([1 + 0.5 * 1 - 9]);
    expect(told({ potential: 'y == 9 ? 4 : x' }).rewards).toEqual([1 + 0.5 * 0.5 - 4]);
    expect(told({ expression: 'x' }).rewards).toEqual([1 + 0.5]);
  });
});

test('an unknown signal is told with its term and the nearest names', () => {
  expect(() => shapeRewards(single(hike), shaping({ expression: '2 xx' }), 0.9)).toThrow(
    "shaping.terms[0].expression: unknown name 'xx' at character 3; did you mean 'x'?",
  );
});
