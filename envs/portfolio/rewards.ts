/**
 * Differential Sharpe ratio: what a return R adds to the Sharpe ratio S = A / sqrt(B - A^2) of exponential averages
 * A and B of R and R^2, per unit of the rate eta at which they move, dS / d eta at eta = 0:
 *
 *     D = (B (R - A) - A (R^2 - B) / 2) / (B - A^2)^(3/2)
 *
 * @param mean A before this return
 * @param square B before this return
 * @returns 0 where the returns so far do not vary, beyond rounding
 * @see Moody and Saffell (2001), Learning to Trade via Direct Reinforcement, IEEE Transactions on Neural Networks 12(4),
 *   section II.D
 */
export function differentialSharpe(mean: number, square: number, change: number): number {
  const variance = square - mean * mean;
  if (variance <= rounding * square) return 0;
  return (square * (change - mean) - (mean * (change * change - square)) / 2) / (variance * Math.sqrt(variance));
}

/**
 * Differential downside deviation ratio: the same for A / DD, where DD^2 is the exponential average of min(R, 0)^2:
 *
 *     D = (R - A) / DD - A (min(R, 0)^2 - DD^2) / (2 DD^3)
 *
 * which is (R - A / 2) / DD for a gain and (DD^2 (R - A / 2) - A R^2 / 2) / DD^3 for a loss.
 *
 * @param downside DD^2 before this return
 * @returns 0 where there was no loss so far
 * @see Moody and Saffell (2001), section II.E
 */
export function differentialDownside(mean: number, downside: number, change: number): number {
  if (downside <= 0) return 0;
  const deviation = Math.sqrt(downside);
  const loss = Math.min(change, 0);
  return (change - mean) / deviation - (mean * (loss * loss - downside)) / (2 * downside * deviation);
}

/**
 * The summand of conditional value at risk, q + max(loss - q, 0) / (1 - level): its mean is the CVaR of the loss if q is
 * the loss's quantile at the level, and larger for every other q.
 *
 * @see Rockafellar and Uryasev (2000), Optimization of conditional value-at-risk, Journal of Risk 2(3), theorem 1
 */
export function conditionalLoss(quantile: number, loss: number, level: number): number {
  return quantile + Math.max(loss - quantile, 0) / (1 - level);
}

/** Variance this far below the mean square is none but rounding. */
const rounding = 1e-12;

/** Returns of an episode before its statistics count for anything: ratios over two or three returns are wild. */
export const leastReturns = 10;

/**
 * What the returns of an episode were like so far, one return a decision, and what the last one was worth by it.
 *
 * Averages begin as plain means and turn into exponential ones: the n-th return moves them by max(eta, 1 / n). The
 * quantile of the losses goes down the slope of Rockafellar and Uryasev's function of it, in units of the root mean
 * square return: by max(eta, k / (1 + k n)), k = 1 - level, so that no loss moves it by more than about that unit.
 */
export class RunningReturns {
  /** Of the last return; 0 as long as there were fewer than `leastReturns` before it. */
  sharpe = 0;
  downside = 0;
  conditionalLoss = 0;

  readonly #rate: number;
  readonly #level: number;
  /** Count, mean, mean square, mean square loss, quantile of the loss. */
  readonly #moments = new Float64Array(5);

  /**
   * @param rate eta
   * @param level of the quantile, 0.95 for the worst twentieth
   */
  constructor(rate: number, level: number) {
    this.#rate = rate;
    this.#level = level;
  }

  reset(): void {
    this.#moments.fill(0);
    this.sharpe = 0;
    this.downside = 0;
    this.conditionalLoss = 0;
  }

  add(change: number): void {
    const moments = this.#moments;
    const level = this.#level;
    const mean = moments[1];
    const square = moments[2];
    const downside = moments[3];
    const quantile = moments[4];
    if (moments[0] >= leastReturns) {
      this.sharpe = differentialSharpe(mean, square, change);
      this.downside = differentialDownside(mean, downside, change);
      this.conditionalLoss = conditionalLoss(quantile, -change, level);
    }
    const count = moments[0] + 1;
    const rate = Math.max(this.#rate, 1 / count);
    const loss = Math.min(change, 0);
    moments[0] = count;
    moments[1] += rate * (change - mean);
    moments[2] += rate * (change * change - square);
    moments[3] += rate * (loss * loss - downside);
    const tail = 1 - level;
    const slope = (-change > quantile ? 1 / tail : 0) - 1;
    moments[4] += Math.max(this.#rate, tail / (1 + tail * count)) * Math.sqrt(moments[2]) * slope;
  }

  getState(): number[] {
    return Array.from(this.#moments);
  }

  setState(saved: readonly number[]): void {
    this.#moments.set(saved);
  }
}
