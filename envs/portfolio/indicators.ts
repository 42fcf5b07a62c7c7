import technicalIndicators from 'technicalindicators';

/**
 * Technical indicators of one series of prices, by the package `technicalindicators`, which this file alone knows. All
 * results are as long as the prices, NaN until there are days enough. What is unfit in the package is put right here:
 * a price of NaN, after which its sums stay NaN for ever, starts the indicator anew; its RSI is rounded to two decimals.
 */
type Series = Float64Array;

/** Mean of the last prices. */
export function sma(prices: Series, period: number): Series {
  return overRuns([prices], ([values]) => technicalIndicators.SMA.calculate({ period, values }));
}

/** Exponential mean with rate 2 / (period + 1), from the plain mean of the first prices on. */
export function ema(prices: Series, period: number): Series {
  return overRuns([prices], ([values]) => technicalIndicators.EMA.calculate({ period, values }));
}

/** Change over a number of days, in per cent. */
export function rateOfChange(prices: Series, period: number): Series {
  return overRuns([prices], ([values]) => technicalIndicators.ROC.calculate({ period, values }));
}

/**
 * Relative strength, 0 to 100: 100 G / (G + L) for Wilder's averages of gains and losses, 50 where nothing moves.
 *
 * @see Wilder (1978), New Concepts in Technical Trading Systems, chapter 6
 */
export function rsi(prices: Series, period: number): Series {
  return overRuns([prices], ([values]) => {
    const losses = technicalIndicators.AverageLoss.calculate({ period, values });
    return technicalIndicators.AverageGain.calculate({ period, values }).map((gain, i) =>
      gain + losses[i] === 0 ? 50 : (100 * gain) / (gain + losses[i]),
    );
  });
}

/** Fast less slow exponential mean, less the exponential mean of that difference: MACD's histogram. Appel (1979). */
export function macdHistogram(prices: Series, fast: number, slow: number, signal: number): Series {
  return overRuns([prices], ([values]) =>
    technicalIndicators.MACD.calculate({
      values,
      fastPeriod: fast,
      slowPeriod: slow,
      signalPeriod: signal,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    })
      .map(({ histogram }) => histogram)
      .filter((histogram) => histogram !== undefined),
  );
}

/** Place between Bollinger's bands of two deviations: -1 on the lower, 0 on the mean, 1 on the upper; 0 where they meet. */
export function bollingerPosition(prices: Series, period: number): Series {
  return overRuns([prices], ([values]) =>
    technicalIndicators.BollingerBands.calculate({ period, stdDev: 2, values }).map(({ upper, lower }, i) => {
      const price = values[i + period - 1];
      return upper > lower ? (2 * price - upper - lower) / (upper - lower) : 0;
    }),
  );
}

/** Average true range, Wilder's mean of the days' ranges, the way from the close before included. */
export function averageTrueRange(high: Series, low: Series, close: Series, period: number): Series {
  return overRuns([high, low, close], ([highs, lows, closes]) =>
    technicalIndicators.ATR.calculate({ period, high: highs, low: lows, close: closes }),
  );
}

/** Applies an indicator to each run of days on which all series are known; its results end with the run. */
function overRuns(series: readonly Series[], calculate: (run: number[][]) => number[]): Series {
  const [{ length }] = series;
  const result = new Float64Array(length).fill(Number.NaN);
  let from = 0;
  for (let day = 0; day <= length; day++) {
    if (day < length && !series.some((values) => Number.isNaN(values[day]))) continue;
    if (day > from) {
      const found = calculate(series.map((values) => Array.from(values.subarray(from, day))));
      result.set(found, day - found.length);
    }
    from = day + 1;
  }
  return result;
}
