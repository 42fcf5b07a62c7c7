import { describe, expect, test } from '@jest/globals';
import { conditioningDomains, PavlovianEnv, ReversalBandit } from '../../../envs/conditioning/index.ts';
import type { RowEnv } from '../../../src/core/row-env.ts';

/** A tone every 3 s, its reward of 2 a bin of half a second later than a second. */
const task = {
  trialTypes: [{ name: 'x', cues: [{ name: 'tone' }], reward: { delay: 1, magnitude: 2 } }],
  interval: { least: 2 },
};

describe('Pavlovian-v0', () => {
  test('by hand: what is licked up, what it costs, and traces', () => {
    const env = new PavlovianEnv({ task, trials: 2, binSeconds: 0.5, lickCost: 0.1, unlicked: 0.25 });
    const observation = new Float32Array(env.observationSize);
    env.reset(0, observation);
    expect([env.cues, env.observationSize]).toEqual([['tone'], 12]);
    // Tone at 2 s and 5 s, reward at 3 s and 6 s; the session ends at 8 s: 16 bins.
    const rewards: number[] = [];
    const tone: number[][] = [];
    let steps = 0;
    do {
      // Licks in bins 6 and 7: with the first reward, and after it.
      const bin = steps + 1;
      env.step(Float32Array.of(bin === 6 || bin === 7 ? 1 : 0), observation);
      rewards.push(env.reward);
      tone.push([observation[0], observation[1]]);
      steps++;
    } while (!env.truncated);
    expect(steps).toBe(15);
    const expected = new Array(15).fill(0);
    expected[5] = 2 - 0.1;
    expected[6] = -0.1;
    expected[11] = 0.25 * 2;
    expect(rewards).toEqual(expected);
    // Bin 4 holds the tone: 1, then e^(-0.5 / 0.4) each bin.
    expect(tone[2]).toEqual([0, 0]);
    expect(tone[3]).toEqual([1, 1]);
    expect(tone[4]).toEqual([0, expect.closeTo(Math.exp(-1.25), 6)]);
    expect(tone[5]).toEqual([0, expect.closeTo(Math.exp(-2.5), 6)]);
    expect(env.terminated).toBe(false);
  });

  test('a compound has one number for each bin since the cue', () => {
    const env = new PavlovianEnv({ task, trials: 1, binSeconds: 0.5, observe: 'compound', memory: 1.5 });
    const observation = new Float32Array(env.observationSize);
    env.reset(0, observation);
    const seen: number[][] = [];
    for (let bin = 1; bin <= 8; bin++) {
      env.step(Float32Array.of(0), observation);
      seen.push(Array.from(observation));
    }
    expect(seen.slice(3)).toEqual([
      [1, 0, 0, 0, 0, 0],
      [0, 1, 0, 0, 0, 0],
      [0, 0, 1, 1, 0, 0],
      [0, 0, 0, 0, 1, 0],
      [0, 0, 0, 0, 0, 1],
    ]);
  });

  test('what is delivered in an episode is what the session holds', () => {
    const env = new PavlovianEnv({ paradigm: 'variable-magnitude', trials: 30 });
    const observation = new Float32Array(env.observationSize);
    env.reset(7, observation);
    let delivered = env.signals[1];
    do {
      env.step(Float32Array.of(1), observation);
      delivered += env.signals[1];
    } while (!env.truncated);
    const held = env.session.events.reduce(
      (sum, { event, magnitude }) => sum + (event === 'reward' ? magnitude : 0),
      0,
    );
    expect(delivered).toBeCloseTo(held, 9);
    expect(env.signals[4]).toBe(30);
  });

  test('a reward is worth its utility where that is asked for', () => {
    const env = new PavlovianEnv({ task, trials: 1, binSeconds: 0.5, utility: 'hyperbolic', lickCost: 0 });
    const observation = new Float32Array(env.observationSize);
    env.reset(0, observation);
    for (let bin = 1; bin <= 6; bin++) env.step(Float32Array.of(1), observation);
    expect(env.reward).toBeCloseTo((10 * Math.SQRT2) / (Math.SQRT2 + Math.sqrt(200)), 12);
  });

  test.each([
    ['a paradigm there is not', { paradigm: 'ramps' }, /'paradigm' does not fit/],
    ['an unknown option', { licks: 1 }, /Unknown Pavlovian option 'licks'/],
    ['a task that is none', { task: { trialTypes: [] } }, /'task/],
  ])('refuses %s', (_, options, message) => {
    expect(() => new PavlovianEnv(options as object)).toThrow(message);
  });
});

describe('ReversalBandit-v0', () => {
  test('pays as often as told, and turns as often as told', () => {
    const env = new ReversalBandit({ arms: 3, good: 0.7, bad: 0.1, hazard: 0.1, trials: 20_000 });
    const observation = new Float32Array(env.observationSize);
    env.reset(1, observation);
    let reversals = 0;
    let paid = [0, 0];
    let counts = [0, 0];
    do {
      const before = env.best;
      env.step(Float32Array.of(0), observation);
      reversals += env.signals[1];
      expect(env.best !== before).toBe(env.signals[1] === 1);
      const kind = env.signals[0];
      counts = counts.map((n, i) => n + (i === kind ? 1 : 0));
      paid = paid.map((n, i) => n + (i === kind ? env.reward : 0));
    } while (!env.truncated);
    expect(reversals / 20_000).toBeCloseTo(0.1, 1);
    expect(paid[0] / counts[0]).toBeCloseTo(0.1, 1);
    expect(paid[1] / counts[1]).toBeCloseTo(0.7, 1);
    expect(counts[1] / 20_000).toBeCloseTo(1 / 3, 1);
  });

  test('by hand: traces of choices and of rewarded ones', () => {
    const env = new ReversalBandit({ good: 1, bad: 0, hazard: 0 });
    const observation = new Float32Array(env.observationSize);
    env.reset(3, observation);
    const right = env.best;
    const wrong = 1 - right;
    env.step(Float32Array.of(right), observation);
    env.step(Float32Array.of(wrong), observation);
    env.step(Float32Array.of(right), observation);
    const of = (arm: number, trace: number) => [
      observation[2 * (2 * trace + arm)],
      observation[2 * (2 * trace + arm) + 1],
    ];
    expect([of(right, 0), of(wrong, 0)]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    expect([of(right, 1), of(wrong, 1)]).toEqual([
      [1.25, 1.25],
      [0.5, 0],
    ]);
    expect(of(right, 2)[0]).toBeCloseTo(1 + 0.64, 6);
    expect(of(wrong, 2)[0]).toBeCloseTo(0.8, 6);
  });

  test('an ideal observer does better than win-stay, lose-shift, which does better than chance', () => {
    const domain = conditioningDomains.get('upslope/ReversalBandit-v0')!;
    const { metrics } = domain.evaluate((_, action) => action.fill(0), {});
    expect(metrics.randomCorrect).toBeCloseTo(0.5, 1);
    expect(metrics.correct).toBeCloseTo(0.5, 1);
    expect(metrics.winStayLoseShiftCorrect).toBeGreaterThan(metrics.randomCorrect + 0.2);
    expect(metrics.idealObserverCorrect).toBeGreaterThan(metrics.winStayLoseShiftCorrect + 0.03);
  });
});

test.each<[string, () => RowEnv]>([
  ['Pavlovian-v0', () => new PavlovianEnv({ paradigm: 'background-reward', trials: 3 })],
  ['ReversalBandit-v0', () => new ReversalBandit({ trials: 40 })],
])('%s goes on from a saved state to the same bytes', (_, make) => {
  const [one, other] = [make(), make()];
  const observation = new Float32Array(one.observationSize);
  const play = (env: RowEnv, steps: number) =>
    Array.from({ length: steps }, (_, i) => {
      if (env.truncated) env.reset(undefined, observation);
      env.step(Float32Array.of(i % 2), observation);
      return [env.reward, ...observation, ...env.signals];
    });
  one.reset(5, observation);
  play(one, 23);
  other.setState!(JSON.parse(JSON.stringify(one.getState!())));
  expect(play(other, 500)).toEqual(play(one, 500));
});

test('the critic of Pavlovian-v0: errors are what its values and rewards tell', () => {
  const domain = conditioningDomains.get('upslope/Pavlovian-v0')!;
  const options = { paradigm: 'acquisition', observe: 'compound', memory: 3, lickCost: 0 };
  // Knows that a reward of 1 comes ten bins after the tone, and licks then.
  const gamma = 0.98;
  const taps = 15;
  const since = (observation: Float32Array) => observation.subarray(0, taps).indexOf(1);
  const value = (observation: Float32Array) => {
    const bins = since(observation);
    return bins >= 0 && bins < 10 ? gamma ** (9 - bins) : 0;
  };
  const { metrics } = domain.evaluate(
    (observation, action) => {
      action[0] = since(observation) === 9 ? 1 : 0;
    },
    options,
    { value, gamma },
  );
  // All 200 rewards are licked up, for nothing.
  expect(metrics.collected).toBe(1);
  expect(metrics.wasted).toBe(0);
  expect(metrics.sessionReturn).toBe(200);
  expect(metrics.neverSessionReturn).toBe(100);
  // Its only errors are those at the tone, as the fast learners' in the end.
  expect(metrics.rescorlaWagnerCorrelation).toBeGreaterThan(0.99);
});
