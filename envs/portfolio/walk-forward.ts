import { UserError } from '../../src/core/errors.ts';
import type { Actor, WalkForward, WalkForwardSettings } from '../domain.ts';
import { type PortfolioOptions, resolveOptions } from './options.ts';

/** Days of one fold, as first and last row of the price table whose returns are earned. */
export interface FoldRows {
  train: RowRange;
  validation: RowRange;
  test: RowRange;
}

type RowRange = readonly [first: number, last: number];

export interface FoldPlan {
  /** The days there are, as first and last row. */
  days: RowRange;
  /** First row of the first test part. */
  testFrom: number;
  folds: number;
  validationDays: number;
  /** Days left out before validation and before test: those whose returns the decisions before still touch, and more. */
  gap: number;
}

const leastTrainingDays = 50;

/**
 * Test parts of equal length that follow each other without a hole, each with all days before it to learn from: an
 * expanding window. Validation, by which the best policy is chosen, lies right before the test.
 *
 * @see Lopez de Prado (2018), Advances in Financial Machine Learning, sections 7.4 (purging, embargo) and 11 (walk-forward)
 * @throws UserError where a fold would have no days to train on or to test
 */
export function foldRows({ days, testFrom, folds, validationDays, gap }: FoldPlan): FoldRows[] {
  const [first, last] = days;
  const testDays = last - testFrom + 1;
  if (testDays < 2 * folds) {
    throw new UserError(
      `${folds} folds need at least ${2 * folds} test days, but there are ${Math.max(testDays, 0)}. ` +
        'Take fewer folds, or let the test begin earlier with --from.',
    );
  }
  const start = (fold: number) => testFrom + Math.round((fold * testDays) / folds);
  return Array.from({ length: folds }, (_, fold) => {
    const validationEnd = start(fold) - 1 - gap;
    const trainEnd = validationEnd - validationDays - gap;
    if (trainEnd - first + 1 < leastTrainingDays) {
      throw new UserError(
        `Fold ${fold + 1} would have ${Math.max(trainEnd - first + 1, 0)} days to train on, with ${validationDays} days ` +
          `of validation and ${gap} days left out before each part; at least ${leastTrainingDays} are needed. ` +
          'Let the test begin later with --from, or shorten --validation.',
      );
    }
    return {
      train: [first, trainEnd],
      validation: [validationEnd - validationDays + 1, validationEnd],
      test: [start(fold), start(fold + 1) - 1],
    };
  });
}

/**
 * Folds over the days of a price table. By default the test parts cover the test split.
 *
 * @throws UserError for options that do not fit, and where a fold has too few days
 */
export function walkForward(environmentOptions: PortfolioOptions, settings: WalkForwardSettings): WalkForward {
  const options = { ...environmentOptions, episodeLength: undefined, randomStart: false };
  const { split: _, ...undivided } = options;
  const all = resolveOptions({ ...undivided, split: 'all' });
  const { dates } = all.prices;
  const testFrom = settings.from
    ? firstFrom(dates, settings.from)
    : resolveOptions({ ...undivided, split: 'test' }).firstReturn;
  const rows = foldRows({
    days: [all.firstReturn, all.lastReturn],
    testFrom,
    folds: settings.folds,
    validationDays: settings.validationDays,
    gap: settings.purge + settings.embargo,
  });
  const between = ([first, last]: RowRange) => ({ split: 'all', start: dates[first], end: dates[last] });
  const span = ([first, last]: RowRange) => `${dates[first]} to ${dates[last]}`;
  // The first decision of a fold is taken at the close before its first day.
  const starts = rows.map(({ test }) => test[0] - 1);
  return {
    folds: rows.map(({ train, validation, test }) => ({
      spans: { train: span(train), validation: span(validation), test: span(test) },
      train: between(train),
      validation: { ...between(validation), episodeLength: null, randomStart: null },
      test: { ...between(test), episodeLength: null, randomStart: null },
    })),
    joined: { ...between([testFrom, all.lastReturn]), episodeLength: null, randomStart: null },
    join: (actors) => inTurn(actors, starts, testFrom - 1, all.rebalanceEvery),
  };
}

/**
 * One policy after the other, each from the first decision in its fold on, so that what was held goes over from one to
 * the next. It counts its decisions, and so serves for one pass only.
 */
function inTurn(actors: readonly Actor[], starts: readonly number[], firstDay: number, rebalanceEvery: number): Actor {
  let day = firstDay;
  let at = 0;
  const act = (observation: Float32Array, action: Float32Array): void => {
    while (at + 1 < starts.length && starts[at + 1] <= day) at++;
    day += rebalanceEvery;
    actors[at](observation, action);
  };
  return Object.assign(act, {
    startEpisode: () => {
      for (const actor of actors) actor.startEpisode?.();
    },
  });
}

function firstFrom(dates: readonly string[], day: string): number {
  const index = dates.findIndex((date) => date >= day);
  return index < 0 ? dates.length : index;
}
