import { describe, expect, test } from '@jest/globals';
import { conditioningDomains, ReversalBandit } from '../../../envs/conditioning/index.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { make } from '../../../src/core/registry.ts';

describe('the domain of Pavlovian-v0', () => {
  const domain = conditioningDomains.get('upslope/Pavlovian-v0')!;

  test('by hand: who licks a bin too late gets what is left, and pays', () => {
    // Of the two stimuli, reward is the last: six numbers, the first of them 1 in its bin.
    const { metrics, table } = domain.evaluate(
      (observation, action) => {
        action[0] = observation[6];
      },
      { paradigm: 'acquisition', lickCost: 0.02, unlicked: 0.25 },
    );
    // 200 rewards of 1, and a lick for each.
    expect(metrics.sessionReturn).toBeCloseTo(200 * (0.25 - 0.02), 9);
    expect(metrics.collected).toBe(0);
    // Always: all bins but the first have a lick, all but those and the 200 for nothing.
    const bins = Math.round(201 / (1 - metrics.alwaysWasted));
    expect(metrics.alwaysWasted).toBeCloseTo((bins - 201) / bins, 12);
    expect(metrics.wasted).toBeCloseTo(200 / bins, 12);
    expect(metrics.alwaysCollected).toBe(1);
    expect(metrics.alwaysSessionReturn).toBeCloseTo(200 - 0.02 * (bins - 1), 6);
    expect([metrics.neverSessionReturn, metrics.neverCollected, metrics.neverWasted]).toEqual([50, 0, 0]);
    // At least 6 s a trial; without a critic there is nothing to hold against the models.
    expect(bins).toBeGreaterThan((200 * 6) / 0.2);
    expect(Object.keys(metrics).filter((name) => name.endsWith('Correlation'))).toEqual([]);
    expect(table.rows.map(([name, total]) => [name, total])).toEqual([
      ['Policy', '46.00'],
      ['Never lick', '50.00'],
      ['Always lick', metrics.alwaysSessionReturn.toFixed(2)],
    ]);
  });

  test('a critic that expects nothing is surprised by rewards, when the models are by cues alone', () => {
    const options = { paradigm: 'acquisition', lickCost: 0 };
    const licks = (_: Float32Array, action: Float32Array) => action.fill(1);
    const { metrics } = domain.evaluate(licks, options, { value: () => 0, gamma: 0.98 });
    // Each trial has 12 bins that count: its errors are 1 in one of them, Rescorla-Wagner's in another: r = -1 / 11.
    expect(metrics.rescorlaWagnerCorrelation).toBeCloseTo(-1 / 11, 2);
  });
});

describe('ReversalBandit-v0', () => {
  const domain = conditioningDomains.get('upslope/ReversalBandit-v0')!;
  const trials = 50;

  test('keeps the contract of environments', () => {
    expect(checkEnv(make('upslope/ReversalBandit-v0', { arms: 3 }))).toEqual([]);
  });

  test('the last trial in the observation is enough to win and stay, lose and shift: as the rule does', () => {
    const { metrics } = domain.evaluate(
      (observation, action) => {
        const last = [0, 1, 2].findIndex((arm) => observation[2 * arm] === 1);
        action[0] = last < 0 ? 0 : observation[2 * last + 1] > 0 ? last : (last + 1) % 3;
      },
      { arms: 3, trials },
    );
    expect(metrics.correct).toBe(metrics.winStayLoseShiftCorrect);
    expect(metrics.rewardRate).toBe(metrics.winStayLoseShiftRewardRate);
    // Rewarded as often as its choices tell: 0.2 + 0.6 x correct, but for a standard error of 0.005.
    expect(Math.abs(metrics.rewardRate - 0.2 - 0.6 * metrics.correct)).toBeLessThan(0.02);
    expect(metrics.randomCorrect).toBeCloseTo(1 / 3, 1);
  });

  test('by hand: sure rewards and no reversals cost one error, in the sessions whose first choice is wrong', () => {
    const { metrics } = domain.evaluate((_, action) => action.fill(0), { good: 1, bad: 0, hazard: 0, trials });
    // The policy is right in all of a session, or never.
    const wrong = 1 - metrics.correct;
    expect(wrong).toBeGreaterThan(0.4);
    expect(wrong).toBeLessThan(0.6);
    for (const rule of ['winStayLoseShift', 'idealObserver', 'rescorlaWagner']) {
      expect(metrics[`${rule}Correct`]).toBeCloseTo(1 - wrong / trials, 12);
      expect(metrics[`${rule}RewardRate`]).toBeCloseTo(1 - wrong / trials, 12);
    }
  });

  test('by hand: where the better arm changes every time, who knows that goes along and who stays never gets there', () => {
    const { metrics } = domain.evaluate((_, action) => action.fill(0), { good: 1, bad: 0, hazard: 1, trials });
    expect(metrics.correct).toBeCloseTo(0.5, 12);
    const lost = trials * (1 - metrics.idealObserverCorrect);
    expect(lost).toBeGreaterThan(0.4);
    expect(lost).toBeLessThan(0.6);
    // Right at the first trial, if at all: the sessions in which the ideal observer was right there too.
    expect(trials * metrics.winStayLoseShiftCorrect).toBeCloseTo(1 - lost, 9);
  });

  test.each([
    ['one arm', { arms: 1 }, /'arms' does not fit/],
    ['a hazard above one', { hazard: 2 }, /'hazard' does not fit/],
    ['an unknown option', { harzard: 0.1 }, /Did you mean 'hazard'/],
  ])('refuses %s', (_, options, message) => {
    expect(() => new ReversalBandit(options as object)).toThrow(message);
  });

  test('draws the better of many arms, and the next one, alike', () => {
    const env = new ReversalBandit({ arms: 4, hazard: 1, trials: 20_000 });
    const observation = new Float32Array(env.observationSize);
    env.reset(2, observation);
    const moves = new Float64Array(4);
    let before = env.best;
    do {
      env.step(Float32Array.of(0), observation);
      moves[(env.best - before + 4) % 4]++;
      before = env.best;
    } while (!env.truncated);
    // Standard errors are 0.0033.
    expect(moves[0]).toBe(0);
    for (let k = 1; k < 4; k++) expect(Math.abs(moves[k] / 20_000 - 1 / 3)).toBeLessThan(0.015);
  });
});
