import { costFactor, noTrade, turnoverOf } from './cost.ts';
import type { Market } from './market.ts';
import type { TradingCost } from './trading-cost.ts';

/**
 * The derivative of `shareLeft`: adds dLoss/dDrifted and dLoss/dTarget, given dLoss/dShare, and returns dLoss/dWealth.
 *
 * The value traded, |w'_i - w_i|, has a kink where an asset is not traded: its slope there is taken to be 0, which lies
 * between those to either side. Of `fixed-spread`, how many assets are traded is a number that jumps: it stands still.
 */
export function shareLeftBackward(
  cost: TradingCost,
  drifted: Float64Array,
  target: Float64Array,
  wealth: number,
  day: number,
  market: Market,
  dShare: number,
  dDrifted: Float64Array,
  dTarget: Float64Array,
): number {
  if (cost.kind === 'none' || turnoverOf(drifted, target) === 0) return 0;
  if (cost.kind === 'exact') {
    costFactorBackward(drifted, target, cost.rate, dShare, dDrifted, dTarget);
    return 0;
  }
  let dWealth = 0;
  for (let i = 1; i < target.length; i++) {
    const change = target[i] - drifted[i];
    const traded = Math.abs(change);
    if (traded === 0) continue;
    let slope = 0;
    switch (cost.kind) {
      case 'proportional':
        slope = cost.rate;
        break;
      case 'fixed-spread':
        slope = cost.halfSpread;
        // The fee is a share of one over the wealth.
        if (traded > noTrade) dWealth += (dShare * cost.fee) / (wealth * wealth);
        break;
      case 'square-root': {
        const sigma = 1 / market.inverseVolatility[day * target.length + i];
        const volume = cost.volumes[day * cost.stride + i - 1];
        const impact = cost.coefficient * sigma * Math.sqrt((traded * wealth) / volume);
        slope = cost.halfSpread + 1.5 * impact;
        dWealth -= (dShare * 0.5 * traded * impact) / wealth;
      }
    }
    const dChange = -dShare * slope * Math.sign(change);
    dTarget[i] += dChange;
    dDrifted[i] -= dChange;
  }
  return dWealth;
}

/**
 * Of the fixed point of `costFactor`, by the implicit function: with S the assets sold, s = 2c - c^2 and
 * D = 1 - c w_0 - s sum_S w_i,
 *
 *     D dmu = mu c dw_0 + s mu sum_S dw_i - c dw'_0 - s sum_S dw'_i
 */
function costFactorBackward(
  drifted: Float64Array,
  target: Float64Array,
  rate: number,
  dFactor: number,
  dDrifted: Float64Array,
  dTarget: Float64Array,
): void {
  const factor = costFactor(drifted, target, rate);
  const sold = rate * (2 - rate);
  let divisor = 1 - rate * target[0];
  for (let i = 1; i < target.length; i++) if (drifted[i] > factor * target[i]) divisor -= sold * target[i];
  const scale = dFactor / divisor;
  dDrifted[0] -= scale * rate;
  dTarget[0] += scale * rate * factor;
  for (let i = 1; i < target.length; i++) {
    if (drifted[i] <= factor * target[i]) continue;
    dDrifted[i] -= scale * sold;
    dTarget[i] += scale * sold * factor;
  }
}
