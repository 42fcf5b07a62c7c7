import { featureNames, type Market } from './market.ts';

/**
 * Writes what a policy sees: one row for each instrument, of the same columns. Row 0 is the market, and the cash held;
 * then come the assets. The columns are
 * - where the window is observed, its log returns in units of today's volatility, the oldest first;
 * - the features, see `featureNames`;
 * - the weight held before the decision, after drift.
 */
export class Observer {
  /** Columns. */
  readonly width: number;

  private readonly market: Market;
  private readonly days: number;

  constructor(market: Market, observe: 'summary' | 'window') {
    this.market = market;
    this.days = observe === 'window' ? market.window : 0;
    this.width = this.days + featureNames.length + 1;
  }

  /** @param weights cash, then the assets */
  write(day: number, weights: Float64Array, observation: Float32Array): void {
    const instruments = weights.length;
    const { features, logReturns, inverseVolatility } = this.market;
    const today = day * instruments;
    const oldest = today - (this.days - 1) * instruments;
    let at = 0;
    for (let i = 0; i < instruments; i++) {
      const scale = inverseVolatility[today + i];
      for (let past = oldest; past <= today; past += instruments) observation[at++] = logReturns[past + i] * scale;
      const row = (today + i) * featureNames.length;
      for (let k = 0; k < featureNames.length; k++) observation[at++] = features[row + k];
      observation[at++] = weights[i];
    }
  }
}
