/**
 * The share of wealth mu that is left after trading from the drifted weights to the target weights, when every sale
 * and every purchase costs `rate` of the traded value. Solves
 *
 *     mu = (1 - c w'_0 - (2c - c^2) sum_{i >= 1} max(0, w'_i - mu w_i)) / (1 - c w_0)
 *
 * by iteration, which contracts by about 2c a round. Index 0 is cash, which trades free.
 *
 * The cost is paid out of the portfolio itself, so the sum traded depends on what is left: this is why the linear rule
 * 1 - c sum |w' - w| is only an approximation (1e-5 off at 25 basis points, 2.5e-3 at 5 %).
 *
 * @param drifted weights w' before trading, cash first, summing to 1
 * @param target weights w after trading, likewise
 * @param rate c, 0 <= c < 1: 0.001 is ten basis points
 * @see Jiang, Xu and Liang (2017), arXiv:1706.10059, equation 14
 */
export function costFactor(drifted: Float64Array, target: Float64Array, rate: number): number {
  const volume = turnoverOf(drifted, target);
  if (volume === 0 || rate === 0) return 1;
  const sold = rate * (2 - rate);
  const constant = 1 - rate * drifted[0];
  const divisor = 1 - rate * target[0];
  let factor = 1 - rate * volume;
  for (let round = 0; round < maxRounds; round++) {
    let sales = 0;
    for (let i = 1; i < target.length; i++) {
      const sale = drifted[i] - factor * target[i];
      if (sale > 0) sales += sale;
    }
    const previous = factor;
    factor = (constant - sold * sales) / divisor;
    if (Math.abs(factor - previous) < tolerance) break;
  }
  return factor;
}

/** Value traded as a share of wealth, sum |w' - w| over the assets. Cash, at index 0, does not count. */
export function turnoverOf(drifted: Float64Array, target: Float64Array): number {
  let volume = 0;
  for (let i = 1; i < target.length; i++) volume += Math.abs(drifted[i] - target[i]);
  return volume;
}

/**
 * What is left when each asset traded costs a fixed fee, and sales and purchases half the spread between bid and ask.
 *
 * @param fee as a share of wealth
 * @param halfSpread as a share of the traded value
 */
export function fixedSpreadFactor(
  drifted: Float64Array,
  target: Float64Array,
  fee: number,
  halfSpread: number,
): number {
  let trades = 0;
  for (let i = 1; i < target.length; i++) {
    if (Math.abs(drifted[i] - target[i]) > noTrade) trades++;
  }
  return 1 - fee * trades - halfSpread * turnoverOf(drifted, target);
}

/**
 * What is left when prices give way to the trade: an asset's trade worth x costs, beside half the spread, the share
 * Y sigma sqrt(x / v) of x, v being the value traded by all in a day. Larger trades cost more a piece.
 *
 * @param coefficient Y, about 1
 * @param wealth in money, as `volumes` is
 * @param inverseVolatility cash or market, then each asset: one over its daily sigma, from `day` on
 * @param volumes value traded by all in a day, of each asset, from `volumeRow` on
 * @see Toth et al. (2011), Anomalous price impact and the critical nature of liquidity in financial markets, Physical
 *   Review X 1, 021006
 */
export function squareRootFactor(
  drifted: Float64Array,
  target: Float64Array,
  coefficient: number,
  halfSpread: number,
  wealth: number,
  inverseVolatility: Float64Array,
  day: number,
  volumes: Float64Array,
  volumeRow: number,
): number {
  let cost = 0;
  for (let i = 1; i < target.length; i++) {
    const traded = Math.abs(drifted[i] - target[i]);
    if (traded === 0) continue;
    const share = (traded * wealth) / volumes[volumeRow + i - 1];
    cost += traded * (halfSpread + (coefficient * Math.sqrt(share)) / inverseVolatility[day + i]);
  }
  return 1 - cost;
}

/** A share of wealth that single precision cannot tell from nothing. */
export const noTrade = 1e-6;
const tolerance = 1e-15;
const maxRounds = 100;
