import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { costFactor, fixedSpreadFactor, squareRootFactor, turnoverOf } from './cost.ts';
import type { Market } from './market.ts';
import type { FilledCost, FilledTrading } from './trading-options.ts';

const basisPoint = 1e-4;

/** A way to charge trades, its rates as shares of one and its money in units of the capital. */
export type TradingCost =
  | { readonly kind: 'none' }
  | { readonly kind: 'proportional' | 'exact'; readonly rate: number }
  | { readonly kind: 'fixed-spread'; readonly fee: number; readonly halfSpread: number }
  | {
      readonly kind: 'square-root';
      readonly coefficient: number;
      readonly halfSpread: number;
      /** Value traded by all in a day: of each asset, or days x assets. */
      readonly volumes: Float64Array;
      /** Row from one day to the next in `volumes`: the assets' number, or 0. */
      readonly stride: number;
    };

/**
 * @param dataVolumes value traded by all, known at the close of each day, days x assets, in money; if the data tell it
 * @throws UserError for costs that need what is not given, and for two ways at once
 */
export function tradingCostOf(
  { cost, costBasisPoints, capital, leverage }: FilledTrading,
  assets: readonly string[],
  dataVolumes: () => Float64Array | undefined,
): TradingCost {
  if (cost !== undefined && costBasisPoints !== undefined) {
    throw new UserError(
      `There are two portfolio costs, 'cost' (${cost.kind}) and 'costBasisPoints' (${costBasisPoints}). Give one.`,
    );
  }
  const chosen: FilledCost = cost ?? { kind: 'exact', basisPoints: costBasisPoints ?? 10 };
  switch (chosen.kind) {
    case 'none':
      return chosen;
    case 'proportional':
    case 'exact': {
      const rate = chosen.basisPoints * basisPoint;
      // Where leverage is large the fixed point of the exact rule may be none that iteration finds.
      if (leverage > 1 && rate * (3 * leverage + 1) > 0.5) {
        throw new UserError(
          `A cost of ${chosen.basisPoints} basis points with a leverage of ${leverage} is beyond what can be traded: ` +
            'expected rate * (3 leverage + 1) of one half at most. Lower one of them.',
        );
      }
      return { kind: chosen.kind, rate };
    }
    case 'fixed-spread':
      return {
        kind: chosen.kind,
        fee: chosen.fee / requireCapital(capital, chosen.kind),
        halfSpread: chosen.halfSpreadBasisPoints * basisPoint,
      };
    case 'square-root': {
      const unit = requireCapital(capital, chosen.kind);
      const own = chosen.dailyVolume === undefined ? undefined : ownVolumes(chosen.dailyVolume, assets);
      const volumes = own ?? dataVolumes();
      if (volumes === undefined) {
        throw new UserError(
          "The cost 'square-root' needs the value traded in a day, which the data do not tell. Give it in money: " +
            'cost: { kind: square-root, dailyVolume: 5e8 }, or by asset.',
        );
      }
      return {
        kind: chosen.kind,
        coefficient: chosen.coefficient,
        halfSpread: chosen.halfSpreadBasisPoints * basisPoint,
        volumes: volumes.map((money) => money / unit),
        stride: own === undefined ? assets.length : 0,
      };
    }
  }
}

/**
 * The share of wealth left after trading from the drifted to the target weights; 0 where the cost would take all.
 *
 * @param wealth in units of the capital
 * @param day row of the close at which the trade takes place
 */
export function shareLeft(
  cost: TradingCost,
  drifted: Float64Array,
  target: Float64Array,
  wealth: number,
  day: number,
  market: Market,
): number {
  let share = 1;
  switch (cost.kind) {
    case 'exact':
      share = costFactor(drifted, target, cost.rate);
      break;
    case 'proportional':
      share = 1 - cost.rate * turnoverOf(drifted, target);
      break;
    case 'fixed-spread':
      share = fixedSpreadFactor(drifted, target, cost.fee / wealth, cost.halfSpread);
      break;
    case 'square-root':
      share = squareRootFactor(
        drifted,
        target,
        cost.coefficient,
        cost.halfSpread,
        wealth,
        market.inverseVolatility,
        day * target.length,
        cost.volumes,
        day * cost.stride,
      );
  }
  return Math.max(share, 0);
}

/** The cost in words, for reports: `10 basis points a trade`. */
export function describeCost(cost: TradingCost): string {
  const points = (rate: number) => `${Number((rate / basisPoint).toPrecision(6))} basis points`;
  switch (cost.kind) {
    case 'none':
      return 'trading is free';
    case 'proportional':
    case 'exact':
      return `${points(cost.rate)} a trade`;
    case 'fixed-spread':
      return `${points(cost.fee)} of the first wealth for each asset traded and ${points(cost.halfSpread)} a trade`;
    case 'square-root':
      return `square-root impact (coefficient ${cost.coefficient}) and ${points(cost.halfSpread)} a trade`;
  }
}

function requireCapital(capital: number | undefined, kind: string): number {
  if (capital !== undefined) return capital;
  throw new UserError(
    `The cost '${kind}' turns on how much money is traded: give the portfolio option 'capital', the wealth at the ` +
      'start, as capital: 1000000.',
  );
}

function ownVolumes(volume: number | Record<string, number>, assets: readonly string[]): Float64Array {
  if (typeof volume === 'number') return new Float64Array(assets.length).fill(volume);
  checkKeys("asset in the portfolio option 'cost.dailyVolume'", volume, assets);
  return Float64Array.from(assets, (asset) => {
    if (volume[asset] !== undefined) return volume[asset];
    throw new UserError(
      `The portfolio option 'cost.dailyVolume' lacks ${asset}. Give one for each asset, or a number.`,
    );
  });
}
