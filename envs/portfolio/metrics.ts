/** How a series of daily returns fared. Shares of one, not per cent: 0.135 is 13.5 %. */
export interface Performance {
  /** Compound annual growth rate, over 252 days a year. */
  cagr: number;
  /** Annual standard deviation of the daily simple returns (divisor n - 1). */
  volatility: number;
  /** Annual mean over annual volatility; the risk-free rate is 0, as cash earns nothing. */
  sharpe: number;
  /** Annual mean over annual downside deviation about a target of 0 (divisor n: days without a loss count as 0). */
  sortino: number;
  /** Largest fall of wealth from a peak, the starting wealth among the peaks. */
  maxDrawdown: number;
  /** CAGR over the largest drawdown. */
  calmar: number;
  /** Mean loss of the worst 5 % of days, their number rounded up. */
  cvar95: number;
  /** Share of days that gain. */
  hitRate: number;
  /** Value traded per year as a share of wealth, sum |w' - w| over the assets. */
  turnoverPerYear: number;
  /** Wealth at the end of 1 at the start. */
  finalWealth: number;
}

const daysPerYear = 252;

/**
 * Measures a series of daily simple returns after cost. A ratio whose numerator is 0 is 0.
 *
 * @param returns at least two
 * @param turnover value traded over the whole time as a share of wealth
 */
export function performanceOf(returns: Float64Array, turnover = 0): Performance {
  const days = returns.length;
  let sum = 0;
  let downside = 0;
  let gains = 0;
  let wealth = 1;
  let peak = 1;
  let maxDrawdown = 0;
  for (const change of returns) {
    sum += change;
    if (change < 0) downside += change * change;
    if (change > 0) gains++;
    wealth *= 1 + change;
    peak = Math.max(peak, wealth);
    maxDrawdown = Math.max(maxDrawdown, 1 - wealth / peak);
  }
  const mean = sum / days;
  let squares = 0;
  for (const change of returns) squares += (change - mean) ** 2;

  const annualMean = mean * daysPerYear;
  const volatility = Math.sqrt((squares / (days - 1)) * daysPerYear);
  const cagr = wealth ** (daysPerYear / days) - 1;
  return {
    cagr,
    volatility,
    sharpe: ratio(annualMean, volatility),
    sortino: ratio(annualMean, Math.sqrt((downside / days) * daysPerYear)),
    maxDrawdown,
    calmar: ratio(cagr, maxDrawdown),
    cvar95: worstMean(returns, 0.05),
    hitRate: gains / days,
    turnoverPerYear: (turnover * daysPerYear) / days,
    finalWealth: wealth,
  };
}

/** How a series of daily returns moved with a benchmark's. Annual, as shares of one. */
export interface RelativePerformance {
  /** Slope and annual intercept of the regression on the benchmark. */
  beta: number;
  alpha: number;
  /** Annual standard deviation of the daily differences (divisor n - 1). */
  trackingError: number;
  /** Annual mean of the differences over it. */
  informationRatio: number;
}

/**
 * @param returns simple and daily, at least two
 * @param benchmark of the same days
 */
export function relativeTo(returns: Float64Array, benchmark: Float64Array): RelativePerformance {
  const days = returns.length;
  let mean = 0;
  let benchmarkMean = 0;
  for (let t = 0; t < days; t++) {
    mean += returns[t] / days;
    benchmarkMean += benchmark[t] / days;
  }
  let covariance = 0;
  let variance = 0;
  let squares = 0;
  for (let t = 0; t < days; t++) {
    const deviation = returns[t] - mean;
    const other = benchmark[t] - benchmarkMean;
    covariance += deviation * other;
    variance += other * other;
    squares += (deviation - other) ** 2;
  }
  const beta = ratio(covariance, variance);
  const trackingError = Math.sqrt((squares / (days - 1)) * daysPerYear);
  return {
    beta,
    alpha: (mean - beta * benchmarkMean) * daysPerYear,
    trackingError,
    informationRatio: ratio((mean - benchmarkMean) * daysPerYear, trackingError),
  };
}

/** Annual Sharpe ratio of the returns of some days, which may come more than once; see `Performance`. */
export function sharpeOf(returns: Float64Array, days: Int32Array): number {
  const n = days.length;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const change = returns[days[i]];
    sum += change;
    squares += change * change;
  }
  const mean = sum / n;
  return ratio(mean * Math.sqrt(daysPerYear), Math.sqrt(Math.max(squares / n - mean * mean, 0) * (n / (n - 1))));
}

/** Fall from the highest wealth so far, for each day; the wealth of 1 at the start counts as a peak. */
export function drawdowns(wealth: Float64Array): Float64Array {
  let peak = 1;
  return wealth.map((value) => {
    peak = Math.max(peak, value);
    return 1 - value / peak;
  });
}

function worstMean(returns: Float64Array, share: number): number {
  const worst = returns
    .slice()
    .sort()
    .subarray(0, Math.ceil(share * returns.length));
  return worst.reduce((sum, change) => sum - change, 0) / worst.length;
}

const ratio = (numerator: number, divisor: number) => (numerator === 0 ? 0 : numerator / divisor);
