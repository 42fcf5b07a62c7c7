import { z } from 'zod';

/** How a trade is charged, with formulas in `README.md`. Rates in basis points, hundredths of a per cent. */
export type CostOptions =
  | { kind: 'none' }
  /** What is charged is the rate times the value traded: to first order in the rate. */
  | { kind: 'proportional'; basisPoints?: number }
  /** The same rate, paid out of the portfolio itself. What `costBasisPoints` means. */
  | { kind: 'exact'; basisPoints?: number }
  /** `fee` in money for each asset traded, and half the spread between bid and ask. Needs `capital`. */
  | { kind: 'fixed-spread'; fee: number; halfSpreadBasisPoints?: number }
  /** Impact `coefficient` (Y, default 1) sigma sqrt(value traded / daily volume), and half the spread. Needs `capital`. */
  | {
      kind: 'square-root';
      coefficient?: number;
      halfSpreadBasisPoints?: number;
      /** In money, of every asset or by name. Where the data tell volumes, those of the window are the default. */
      dailyVolume?: number | Record<string, number>;
    };

/** Options that concern what may be held, what trading and borrowing cost, and what is measured for rewards. */
export interface TradingOptions {
  /** Cost of a sale or a purchase in hundredths of a per cent of its value, 0 or more and below 10000. Default 10. */
  costBasisPoints?: number;
  /** Another way to charge trades, in place of `costBasisPoints`. */
  cost?: CostOptions;
  /** Wealth in money at the start of an episode, for costs that turn on it. */
  capital?: number;
  /** Least and greatest weight of an asset, of all alike or by name (`Cash` too); those not named have none. */
  limits?: { min?: number | Record<string, number>; max?: number | Record<string, number> };
  /** Most that may be held, the sum of all positions' sizes over wealth. Default 1. */
  leverage?: number;
  /** Whether assets may be sold short. Changes the action space, see `README.md`. Default false. */
  short?: boolean;
  /** No trade while every weight is as near as this to its target. Default 0. */
  band?: number;
  /** Interest on negative cash, and fee on short positions, a year. Default 0. */
  borrowBasisPoints?: number;
  shortFeeBasisPoints?: number;
  /** Rate eta of the running averages behind `differentialSharpe`, a decision. Default: that of a year. */
  differentialRate?: number;
  /** Level of the `cvar` signal. Default 0.95, the worst twentieth. */
  cvarLevel?: number;
}

const basisPoints = z.number().min(0).lt(10_000);
const perAsset = z.union([z.number(), z.record(z.string(), z.number())]);

const cost = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('proportional'), basisPoints: basisPoints.default(10) }),
  z.strictObject({ kind: z.literal('exact'), basisPoints: basisPoints.default(10) }),
  z.strictObject({
    kind: z.literal('fixed-spread'),
    fee: z.number().min(0),
    halfSpreadBasisPoints: basisPoints.default(0),
  }),
  z.strictObject({
    kind: z.literal('square-root'),
    coefficient: z.number().min(0).default(1),
    halfSpreadBasisPoints: basisPoints.default(0),
    dailyVolume: z.union([z.number().positive(), z.record(z.string(), z.number().positive())]).optional(),
  }),
]);

export type FilledCost = z.output<typeof cost>;

/** Entries of the schema of all portfolio options. */
export const tradingFields = {
  costBasisPoints: basisPoints.optional(),
  cost: cost.optional(),
  capital: z.number().positive().optional(),
  limits: z.strictObject({ min: perAsset.optional(), max: perAsset.optional() }).optional(),
  leverage: z.number().positive().default(1),
  short: z.boolean().default(false),
  band: z.number().min(0).lt(1).default(0),
  borrowBasisPoints: basisPoints.default(0),
  shortFeeBasisPoints: basisPoints.default(0),
  differentialRate: z.number().positive().max(1).optional(),
  cvarLevel: z.number().min(0).lt(1).default(0.95),
};

export type FilledTrading = z.output<z.ZodObject<typeof tradingFields>>;
