import { describe, expect, test } from '@jest/globals';
import { memoryDomains, RecallCue, type RecallCueOptions } from '../../../envs/memory/index.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { make } from '../../../src/core/registry.ts';

interface Episode {
  observations: number[][];
  rewards: number[];
}

/** An episode in which every action is the same. */
function play(env: RecallCue, seed: number, answer: number): Episode {
  const observation = new Float32Array(env.observationSize);
  env.reset(seed, observation);
  const observations = [Array.from(observation)];
  const rewards: number[] = [];
  do {
    env.step(Float32Array.of(answer), observation);
    observations.push(Array.from(observation));
    rewards.push(env.reward);
  } while (!env.terminated);
  return { observations, rewards };
}

const shownIn = (observation: readonly number[], cues: number): number => observation.slice(0, cues).indexOf(1);

describe('RecallCue-v0', () => {
  test('keeps the contract', () => {
    expect(checkEnv(make('upslope/RecallCue-v0'))).toEqual([]);
    expect(checkEnv(make('upslope/RecallCue-v0', { cues: 2, shortestDelay: 0, longestDelay: 0 }))).toEqual([]);
  });

  test('shows the cue, then what distracts, then the same question after every cue', () => {
    const env = new RecallCue({ cues: 3, shortestDelay: 1, longestDelay: 4 });
    const delays = new Set<number>();
    const distractors = [0, 0, 0];
    for (let seed = 0; seed < 300; seed++) {
      const { observations, rewards } = play(env, seed, 0);
      const [first, ...others] = observations;
      const cue = shownIn(first, 3);
      expect(first).toEqual([0, 1, 2].map((symbol) => (symbol === cue ? 1 : 0)).concat(1, 0));
      const delay = others.length - 2;
      delays.add(delay);
      expect(env.signals[1]).toBe(delay);
      for (const one of others.slice(0, delay)) {
        expect(one.slice(3)).toEqual([0, 0]);
        distractors[(shownIn(one, 3) - cue + 3) % 3]++;
      }
      expect(others[delay]).toEqual([0, 0, 0, 0, 1]);
      expect(rewards.slice(0, -1).every((reward) => reward === 0)).toBe(true);
    }
    expect([...delays].sort()).toEqual([1, 2, 3, 4]);
    // About 750 of them; the standard deviation of each share is 0.017.
    const total = distractors.reduce((sum, count) => sum + count, 0);
    for (const count of distractors) expect(Math.abs(count / total - 1 / 3)).toBeLessThan(0.07);
  });

  test('of all answers exactly one pays, the cue: whoever does not know it is right once in so many', () => {
    const env = new RecallCue();
    for (let seed = 0; seed < 50; seed++) {
      const { observations } = play(env, seed, 0);
      const paid = [0, 1, 2, 3].map((answer) => play(env, seed, answer).rewards.at(-1));
      expect(paid).toEqual([0, 1, 2, 3].map((answer) => (answer === shownIn(observations[0], 4) ? 1 : 0)));
    }
  });

  test.each([
    [{ cues: 1 }, /The RecallCue option 'cues' does not fit: .* got 1\./],
    [{ shortestDelay: 11 }, /shortestDelay must not exceed longestDelay; got 11 and 10/],
    [{ delay: 3 }, /delay/],
  ])('refuses %j', (options, message) => {
    expect(() => new RecallCue(options as RecallCueOptions)).toThrow(message);
  });
});

describe('the domain of RecallCue-v0', () => {
  const domain = memoryDomains.get('upslope/RecallCue-v0')!;

  test('whoever remembers is always right; the beginning of an episode is told', () => {
    let cue: number | undefined;
    let episodes = 0;
    const actor = (observation: Float32Array, action: Float32Array): void => {
      cue ??= shownIn(Array.from(observation), 4);
      action[0] = cue;
    };
    const startEpisode = (): void => {
      cue = undefined;
      episodes++;
    };
    expect(domain.evaluate(Object.assign(actor, { startEpisode }), {}).metrics).toEqual({ correct: 1, chance: 0.25 });
    expect(episodes).toBe(1000);
  });

  test('who always says the same is right about once in four', () => {
    const { metrics } = domain.evaluate((_, action) => action.fill(2), {});
    expect(Math.abs(metrics.correct - 0.25)).toBeLessThan(0.05);
  });
});
