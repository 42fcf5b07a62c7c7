import { type IndicatorName, indicatorsOf } from './indicator-features.ts';
import { featureNames, type Market } from './market.ts';

/**
 * Writes what a policy sees: one row for each instrument, of the same columns. Row 0 is the market, and the cash held;
 * then come the assets. The columns are
 * - where the window is observed, its log returns in units of today's volatility, the oldest first;
 * - the features, see `featureNames`;
 * - the indicators asked for, see `indicatorNames`;
 * - the weight held before the decision, after drift.
 */
export class Observer {
  /** Columns. */
  readonly width: number;

  private readonly market: Market;
  private readonly days: number;
  private readonly indicators: Float32Array;
  private readonly indicatorCount: number;

  /** @throws UserError for an indicator that the prices do not tell enough for */
  constructor(market: Market, observe: 'summary' | 'window', indicators: readonly IndicatorName[]) {
    this.market = market;
    this.days = observe === 'window' ? market.window : 0;
    this.indicators = indicatorsOf(market, indicators);
    this.indicatorCount = indicators.length;
    this.width = this.days + featureNames.length + indicators.length + 1;
  }

  /** @param weights cash, then the assets */
  write(day: number, weights: Float64Array, observation: Float32Array): void {
    const instruments = weights.length;
    const { features, logReturns, inverseVolatility } = this.market;
    const { indicators, indicatorCount } = this;
    const today = day * instruments;
    const oldest = today - (this.days - 1) * instruments;
    let at = 0;
    for (let i = 0; i < instruments; i++) {
      const scale = inverseVolatility[today + i];
      for (let past = oldest; past <= today; past += instruments) observation[at++] = logReturns[past + i] * scale;
      const row = (today + i) * featureNames.length;
      for (let k = 0; k < featureNames.length; k++) observation[at++] = features[row + k];
      const indicatorRow = (today + i) * indicatorCount;
      for (let k = 0; k < indicatorCount; k++) observation[at++] = indicators[indicatorRow + k];
      observation[at++] = weights[i];
    }
  }
}
