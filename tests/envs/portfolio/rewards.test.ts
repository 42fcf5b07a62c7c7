import { describe, expect, test } from '@jest/globals';
import {
  conditionalLoss,
  differentialDownside,
  differentialSharpe,
  leastReturns,
  RunningReturns,
} from '../../../envs/portfolio/rewards.ts';
import { scattered } from './price-files.ts';

/** Derivative with respect to the rate, at rate 0, of a ratio of averages that move at that rate. */
function slope(ratioAt: (rate: number) => number): number {
  const step = 1e-4;
  return (8 * (ratioAt(step) - ratioAt(-step)) - (ratioAt(2 * step) - ratioAt(-2 * step))) / (12 * step);
}

describe('the differential Sharpe ratio', () => {
  test('by hand', () => {
    // Mean 0.1 and mean square 0.05 make a variance of 0.04. D = (0.05 * 0.2 - 0.05 * (0.09 - 0.05)) / 0.2^3.
    expect(differentialSharpe(0.1, 0.05, 0.3)).toBeCloseTo((0.01 - 0.002) / 0.008, 13);
    expect(differentialSharpe(0, 0.04, 0.1)).toBeCloseTo(0.5, 14);
    // The mean itself as return: less variance, a better ratio.
    expect(differentialSharpe(0.1, 0.05, 0.1)).toBeCloseTo((0.05 * 0.04) / 0.008, 13);
  });

  test('is the slope of the ratio as its averages begin to move', () => {
    for (const [mean, square, change] of [
      [0.1, 0.05, 0.3],
      [0.002, 0.0004, -0.05],
      [-0.01, 0.001, 0.02],
      [0.0005, 0.0001, 0],
    ]) {
      const sharpe = (rate: number) => {
        const a = mean + rate * (change - mean);
        const b = square + rate * (change * change - square);
        return a / Math.sqrt(b - a * a);
      };
      expect(differentialSharpe(mean, square, change)).toBeCloseTo(slope(sharpe), 8);
    }
  });

  test('is nothing where returns do not vary', () => {
    expect(differentialSharpe(0, 0, 0.1)).toBe(0);
    expect(differentialSharpe(0.01, 0.01 ** 2, 0.1)).toBe(0);
    expect(differentialSharpe(0.01, 0.01 ** 2 * (1 + 1e-15), 0.1)).toBe(0);
  });
});

describe('the differential downside deviation ratio', () => {
  test('by hand, as the paper writes it for a gain and for a loss', () => {
    const [mean, deviation] = [0.1, 0.2];
    expect(differentialDownside(mean, deviation ** 2, 0.3)).toBeCloseTo((0.3 - mean / 2) / deviation, 13);
    expect(differentialDownside(mean, deviation ** 2, -0.3)).toBeCloseTo(
      (deviation ** 2 * (-0.3 - mean / 2) - (mean * 0.09) / 2) / deviation ** 3,
      13,
    );
    expect(differentialDownside(mean, 0, 0.3)).toBe(0);
  });

  test('is the slope of the ratio as its averages begin to move', () => {
    for (const [mean, downside, change] of [
      [0.1, 0.04, 0.3],
      [0.1, 0.04, -0.3],
      [-0.002, 0.0001, -0.03],
      [0.001, 0.0001, 0],
    ]) {
      const ratio = (rate: number) => {
        const a = mean + rate * (change - mean);
        return a / Math.sqrt(downside + rate * (Math.min(change, 0) ** 2 - downside));
      };
      expect(differentialDownside(mean, downside, change)).toBeCloseTo(slope(ratio), 8);
    }
  });
});

describe('conditional value at risk', () => {
  test('is the mean of its summands at the quantile, and no other quantile gives less', () => {
    // Losses 1 to 100: the worst tenth, 91 to 100, has the mean 95.5.
    const losses = Array.from({ length: 100 }, (_, i) => i + 1);
    const mean = (quantile: number) =>
      losses.reduce((sum, loss) => sum + conditionalLoss(quantile, loss, 0.9), 0) / losses.length;
    expect(mean(90)).toBeCloseTo(95.5, 12);
    expect(mean(90.5)).toBeCloseTo(95.5, 12);
    for (const quantile of [0, 50, 89, 92, 100]) expect(mean(quantile)).toBeGreaterThan(95.5);
  });
});

describe('the returns of an episode', () => {
  const changes = Array.from({ length: 40 }, (_, i) => 0.04 * (scattered(3 * i + 1) - 0.45));

  test('count for nothing until ten are known, then by the plain means of those before', () => {
    const returns = new RunningReturns(0.001, 0.9);
    changes.forEach((change, i) => {
      returns.add(change);
      if (i < leastReturns) {
        expect([returns.sharpe, returns.downside, returns.conditionalLoss]).toEqual([0, 0, 0]);
        return;
      }
      const before = changes.slice(0, i);
      const meanOf = (value: (change: number) => number) => before.reduce((sum, past) => sum + value(past), 0) / i;
      const mean = meanOf((past) => past);
      expect(returns.sharpe).toBeCloseTo(
        differentialSharpe(
          mean,
          meanOf((past) => past * past),
          change,
        ),
        10,
      );
      const downside = meanOf((past) => Math.min(past, 0) ** 2);
      expect(returns.downside).toBeCloseTo(differentialDownside(mean, downside, change), 10);
    });
  });

  test('weigh less and less once the rate is reached', () => {
    const returns = new RunningReturns(0.25, 0.9);
    let [mean, square] = [0, 0];
    changes.forEach((change, i) => {
      if (i >= leastReturns) {
        returns.add(change);
        expect(returns.sharpe).toBeCloseTo(differentialSharpe(mean, square, change), 10);
      } else {
        returns.add(change);
      }
      const rate = Math.max(0.25, 1 / (i + 1));
      mean += rate * (change - mean);
      square += rate * (change * change - square);
    });
  });

  test('of a constant kind find the quantile and the CVaR of their losses', () => {
    // Losses uniform on (-0.05, 0.05): the quantile at 0.8 is 0.03, the mean beyond it 0.04.
    const returns = new RunningReturns(0.0005, 0.8);
    let sum = 0;
    const [skipped, counted] = [20_000, 100_000];
    for (let i = 0; i < skipped + counted; i++) {
      returns.add(0.1 * (scattered(i + 1) - 0.5));
      if (i >= skipped) sum += returns.conditionalLoss;
    }
    expect(sum / counted).toBeCloseTo(0.04, 4);
    expect(returns.getState()[4]).toBeCloseTo(0.03, 3);
  });

  test('go on from a saved state', () => {
    const one = new RunningReturns(0.02, 0.95);
    for (const change of changes) one.add(change);
    const other = new RunningReturns(0.02, 0.95);
    other.setState(JSON.parse(JSON.stringify(one.getState())));
    for (const change of changes) {
      one.add(change);
      other.add(change);
      expect([other.sharpe, other.downside, other.conditionalLoss]).toEqual([
        one.sharpe,
        one.downside,
        one.conditionalLoss,
      ]);
    }
    one.reset();
    one.add(0.1);
    expect(one.sharpe).toBe(0);
  });
});
