import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { filledOptions } from '../../src/core/filled-options.ts';
import { type IndicatorName, indicatorNames, warmUpOf } from './indicator-features.ts';
import { isIsoDate } from './price-data/cells.ts';
import { loadPrices, type MissingPolicy, type Prices } from './prices.ts';
import { type Trading, tradingOf } from './trading.ts';
import { type TradingOptions, tradingFields } from './trading-options.ts';

/** Options of `upslope/Portfolio-v0`. Days are counted by the return they earn, see `README.md`. */
export interface PortfolioOptions extends TradingOptions, MissingPolicy {
  /** Path of prices, `.csv` or `.csv.gz`, see `README.md`. Default: the 20 stocks that ship with the package. */
  data?: string;
  /** First and last day (ISO) whose returns may be earned at all. Features may look back before `start`. */
  start?: string;
  end?: string;
  /** Which part of those days. Default `train`. */
  split?: Split;
  /** Last day of the training part. Default 2011-12-31 for the shipped data, for other data after 70 % of the days. */
  trainEnd?: string;
  /** Last day of the validation part. Default 2014-12-31, for other data after 80 % of the days. */
  validationEnd?: string;
  /** Days the observation looks back on, at least 2. Default 20. */
  window?: number;
  /** `summary` tells four numbers an asset, `window` each return of the window besides. Default `summary`. */
  observe?: 'summary' | 'window';
  /** Further columns of the observation: indicators by name. Default none. */
  features?: IndicatorName[];
  /** Days in an episode. Default: the whole split, from its first day. */
  episodeLength?: number;
  /** Whether an episode starts on a random day. Default: yes when `episodeLength` is given. */
  randomStart?: boolean;
  /** Days between two decisions, in which the weights drift. Default 1. */
  rebalanceEvery?: number;
  /**
   * What is held at the first decision: all cash, every asset alike, or the very weights that are chosen then. Only
   * trades out of these are charged. Default `cash`.
   */
  initialHolding?: InitialHolding;
  /** The reward is the log return after cost times this. Default 100: per cent. */
  rewardScale?: number;
}

export type InitialHolding = 'cash' | 'equal' | 'chosen';
export type Split = 'train' | 'validation' | 'test' | 'all';

/** Options with every default filled in, and the days they choose. */
export interface ResolvedOptions {
  prices: Prices;
  split: Split;
  /** Rows in the price table of the first and last day whose returns are earned. */
  firstReturn: number;
  lastReturn: number;
  trading: Trading;
  window: number;
  observe: 'summary' | 'window';
  features: readonly IndicatorName[];
  episodeLength: number;
  randomStart: boolean;
  rebalanceEvery: number;
  initialHolding: InitialHolding;
  rewardScale: number;
}

const day = z.string().refine(isIsoDate, 'expected a day as YYYY-MM-DD');

const schema = z.strictObject({
  data: z.string().min(1).optional(),
  missing: z.enum(['refuse', 'intersect', 'ffill']).optional(),
  fillLimit: z.int().min(0).optional(),
  allowJumps: z.boolean().optional(),
  start: day.optional(),
  end: day.optional(),
  split: z.enum(['train', 'validation', 'test', 'all']).default('train'),
  trainEnd: day.optional(),
  validationEnd: day.optional(),
  ...tradingFields,
  window: z.int().min(2).default(20),
  observe: z.enum(['summary', 'window']).default('summary'),
  features: z.array(z.enum(indicatorNames)).default([]),
  episodeLength: z.int().min(1).optional(),
  randomStart: z.boolean().optional(),
  rebalanceEvery: z.int().min(1).default(1),
  initialHolding: z.enum(['cash', 'equal', 'chosen']).default('cash'),
  rewardScale: z.number().positive().default(100),
});

type Filled = z.output<typeof schema>;

/** @throws UserError for an unknown name, a value of the wrong kind, and days the data do not have */
export function resolveOptions(options: PortfolioOptions): ResolvedOptions {
  const filled = filledOptions('portfolio', schema, options);
  const prices = loadPrices(filled.data, filled);
  const { firstReturn, lastReturn } = chooseDays(filled, prices);
  const days = lastReturn - firstReturn + 1;
  const { episodeLength = days } = filled;
  if (episodeLength > days) {
    throw new UserError(
      `The portfolio option 'episodeLength' is ${episodeLength}, but the ${filled.split} split has ${days} days ` +
        `(${prices.dates[firstReturn]} to ${prices.dates[lastReturn]}). Shorten the episodes or widen the split.`,
    );
  }
  return {
    prices,
    split: filled.split,
    firstReturn,
    lastReturn,
    trading: tradingOf(filled, prices),
    window: filled.window,
    observe: filled.observe,
    features: filled.features,
    episodeLength,
    randomStart: filled.randomStart ?? filled.episodeLength !== undefined,
    rebalanceEvery: filled.rebalanceEvery,
    initialHolding: filled.initialHolding,
    rewardScale: filled.rewardScale,
  };
}

function chooseDays(options: Filled, prices: Prices) {
  const { dates } = prices;
  const { split } = options;
  const window = Math.max(options.window, warmUpOf(options.features));
  const last = dates[dates.length - 1];
  const start = options.start ?? dates[0];
  const end = options.end ?? last;
  // So many returns must lie behind the first decision.
  const from = Math.max(window + 1, firstFrom(dates, start));
  const to = firstFrom(dates, end, true) - 1;
  if (to - from < 1) {
    throw new UserError(
      `${options.data ?? 'The shipped price table'} has ${dates.length} days, ${dates[0]} to ${last}; with ` +
        `${window} days of returns before the first decision, fewer than two days are left from ${start} to ${end}. ` +
        'Give more days or a shorter window.',
    );
  }

  const shipped = options.data === undefined;
  const dayAfter = (share: number) => dates[from + Math.floor(share * (to - from))];
  const trainEnd = options.trainEnd ?? (shipped ? '2011-12-31' : dayAfter(0.7));
  const validationEnd = options.validationEnd ?? (shipped ? '2014-12-31' : dayAfter(0.8));
  if (validationEnd < trainEnd) {
    throw new UserError(
      `The portfolio option 'validationEnd' (${validationEnd}) lies before 'trainEnd' (${trainEnd}). ` +
        'Training days come first, then validation, then test.',
    );
  }
  const validationStart = firstFrom(dates, trainEnd, true);
  const testStart = firstFrom(dates, validationEnd, true);
  const [begin, stop] = {
    all: [from, to],
    train: [from, validationStart - 1],
    validation: [validationStart, testStart - 1],
    test: [testStart, to],
  }[split];
  const firstReturn = Math.max(from, begin);
  const lastReturn = Math.min(to, stop);
  if (lastReturn - firstReturn < 1) {
    throw new UserError(
      `The ${split} split has fewer than two days: training ends ${trainEnd}, validation ends ${validationEnd}, and ` +
        `the days to choose from are ${dates[from]} to ${dates[to]}. Set 'trainEnd' and 'validationEnd' within them.`,
    );
  }
  return { firstReturn, lastReturn };
}

/** Index of the first date that is not before `limit`, or with `beyond` of the first after it; the length if none is. */
function firstFrom(dates: readonly string[], limit: string, beyond = false): number {
  const index = dates.findIndex((date) => (beyond ? date > limit : date >= limit));
  return index < 0 ? dates.length : index;
}
