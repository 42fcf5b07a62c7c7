import { expect, test } from '@jest/globals';
import { PavlovianEnv, type PavlovianOptions, paradigmNames } from '../../../envs/conditioning/index.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { make } from '../../../src/core/registry.ts';

/** Signals of every bin of a session, and the observation of each, under one answer for all bins. */
function watch(options: PavlovianOptions, lick = 0) {
  const env = new PavlovianEnv(options);
  const observation = new Float32Array(env.observationSize);
  env.reset(0, observation);
  const observations = [Array.from(observation)];
  const signals = [Array.from(env.signals)];
  const rewards = [env.reward];
  do {
    env.step(Float32Array.of(lick), observation);
    observations.push(Array.from(observation));
    signals.push(Array.from(env.signals));
    rewards.push(env.reward);
    expect(env.terminated).toBe(false);
  } while (!env.truncated);
  return { env, observations, signals, rewards };
}

test.each(paradigmNames)('%s keeps the contract of environments', (paradigm) => {
  expect(checkEnv(make('upslope/Pavlovian-v0', { paradigm, trials: 3 }))).toEqual([]);
});

test('two cues and a reward, by hand, in the order of the alphabet', () => {
  // Trial from 1 s: light at 1 s, bell at 1.5 s, reward at 2.5 s; the session ends at 3.5 s: 7 bins.
  const task = {
    trialTypes: [
      { name: 'x', cues: [{ name: 'light' }, { name: 'bell', at: 0.5 }], reward: { delay: 1.5, magnitude: 3 } },
    ],
    interval: { least: 1 },
  };
  const { env, observations, signals, rewards } = watch({ task, trials: 1, binSeconds: 0.5, lickCost: 0.25 }, 1);
  expect(env.cues).toEqual(['bell', 'light']);
  expect(observations).toHaveLength(7);
  expect(rewards).toEqual([0, -0.25, -0.25, -0.25, -0.25, 2.75, -0.25]);
  // Cues that came on, what was delivered, licks, what was collected, trials begun.
  expect(signals).toEqual([
    [0, 0, 0, 0, 0],
    [0, 0, 1, 0, 0],
    [1, 0, 1, 0, 1],
    [1, 0, 1, 0, 1],
    [0, 0, 1, 0, 1],
    [0, 3, 1, 3, 1],
    [0, 0, 1, 0, 1],
  ]);
  // Now, and five traces.
  const left = (bins: number) => [0.4, 0.8, 1.6, 3.2, 6.4].map((seconds) => Math.exp((-0.5 * bins) / seconds));
  const none = [0, 0, 0, 0, 0, 0];
  const expected = [
    [...none, ...none, ...none],
    [...none, ...none, ...none],
    [...none, 1, ...left(0), ...none],
    [1, ...left(0), 0, ...left(1), ...none],
    [0, ...left(1), 0, ...left(2), ...none],
    [0, ...left(2), 0, ...left(3), 1, ...left(0)],
    [0, ...left(3), 0, ...left(4), 0, ...left(1)],
  ];
  expect(observations).toEqual(expected.map((row) => row.map((value) => expect.closeTo(value, 6))));
});

test('an episode is as long as its session, and a trial begins in the bin of its first cue', () => {
  for (let tenths = 1; tenths <= 30; tenths++) {
    // Sums of such times fall short of a bin by rounding, or go beyond it.
    const task = {
      trialTypes: [{ name: 'x', cues: [{ name: 'a' }], reward: { delay: 0.3 } }],
      interval: { least: tenths / 10 },
    };
    const { env, signals } = watch({ task, trials: 7, binSeconds: 0.1 });
    expect(signals).toHaveLength(7 * (tenths + 3) + tenths);
    expect(env.session.trials).toHaveLength(7);
    let begun = 0;
    for (const [cue, , , , trial] of signals) {
      begun += cue;
      expect(trial).toBe(begun);
    }
    expect(begun).toBe(7);
  }
});

test('the shortest of sessions has a step all the same', () => {
  const task = { trialTypes: [{ name: 'x', cues: [{ name: 'a' }], reward: { delay: 0 } }], interval: {} };
  const { signals, rewards } = watch({ task, trials: 1 });
  // Nobody can lick up what is there before the first step.
  expect(signals).toEqual([
    [1, 1, 0, 0.5, 1],
    [0, 0, 0, 0, 1],
  ]);
  expect(rewards).toEqual([0, 0]);
});

test('a state that was restored is saved as the same again, and carries the session of its trials', () => {
  const make = () => new PavlovianEnv({ paradigm: 'background-reward', trials: 4 });
  const [one, other] = [make(), make()];
  const observation = new Float32Array(one.observationSize);
  one.reset(3, observation);
  one.step(Float32Array.of(1), observation);
  one.reset(undefined, observation);
  for (let bin = 0; bin < 37; bin++) one.step(Float32Array.of(bin % 2), observation);
  other.reset(99, observation);
  other.setState(JSON.parse(JSON.stringify(one.getState())));
  expect(JSON.stringify(other.getState())).toBe(JSON.stringify(one.getState()));
  expect(other.session).toEqual(one.session);
});

const punished = {
  trialTypes: [{ name: 'x', cues: [{ name: 'a' }], reward: { delay: 1, magnitude: { values: [1, -1] } } }],
  interval: { least: 2 },
};

test.each([
  ['bins of no length', { binSeconds: 0 }, /'binSeconds' does not fit/],
  ['half a trial', { trials: 1.5 }, /'trials' does not fit/],
  ['more lost than there was', { unlicked: 1.5 }, /'unlicked' does not fit: .*got 1\.5/],
  [
    'a reward before its cue',
    { task: { trialTypes: [{ name: 'x', cues: [], reward: { delay: -1 } }], interval: {} } },
    /'task\.trialTypes\.0\.reward\.delay' does not fit: .*got -1/,
  ],
  [
    'a root of what is below zero',
    { task: punished, utility: 'hyperbolic' },
    /'utility' does not fit: expected linear/,
  ],
  ['an unknown option, naming the nearest', { trails: 3 }, /Did you mean 'trials'/],
])('refuses %s', (_, options, message) => {
  expect(() => new PavlovianEnv(options as object)).toThrow(message);
});

test('a loss is a loss with linear utility, licked up or not', () => {
  const { signals, rewards } = watch({ task: punished, trials: 40, unlicked: 0.5 });
  const losses = signals.flatMap(([, delivered], bin) => (delivered === -1 ? [rewards[bin]] : []));
  expect(losses.length).toBeGreaterThan(5);
  expect(new Set(losses)).toEqual(new Set([-0.5]));
});
