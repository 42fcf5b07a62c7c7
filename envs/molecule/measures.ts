import { UserError } from '../../src/core/errors.ts';
import { studentQuantile } from './student-t.ts';

/** A mean and the ends of its 95 % interval. */
export interface MeanInterval {
  mean: number;
  low: number;
  high: number;
}

/** Best score up to each evaluation. NaN scores, of what could not be scored, do not count; NaN before the first other. */
export function bestSoFar(scores: ArrayLike<number>): Float64Array {
  let best = Number.NaN;
  return Float64Array.from(scores, (score) => {
    if (score > best || Number.isNaN(best)) best = score;
    return best;
  });
}

/**
 * What the best found falls short of the best there is, after each evaluation; NaN before the first score.
 *
 * @param best score in the library, known where it can be enumerated
 */
export function simpleRegret(scores: ArrayLike<number>, best: number): Float64Array {
  return bestSoFar(scores).map((score) => best - score);
}

/**
 * Sum of what the evaluations so far fell short of the best there is, after each one.
 *
 * @param failed what a NaN score, of something that could not be scored, counts as
 */
export function cumulativeRegret(scores: ArrayLike<number>, best: number, failed = 0): Float64Array {
  let sum = 0;
  return Float64Array.from(scores, (score) => {
    sum += best - (Number.isNaN(score) ? failed : score);
    return sum;
  });
}

/**
 * Share of the truly best that has been found, after each evaluation; each counts once.
 *
 * @param evaluated what was evaluated, in order: indices, keys or any other values with which `top` was made. Scores will
 *   do where no two products of the library share one
 * @param top the true best k
 * @throws UserError when `top` is empty
 */
export function topRecovery<T>(evaluated: ArrayLike<T> & Iterable<T>, top: ReadonlySet<T>): Float64Array {
  if (top.size === 0)
    throw new UserError('The share found of the top wants at least one to be found; got an empty set.');
  const found = new Set<T>();
  const shares = new Float64Array(evaluated.length);
  let i = 0;
  for (const one of evaluated) {
    if (top.has(one)) found.add(one);
    shares[i++] = found.size / top.size;
  }
  return shares;
}

const topSize = 10;

/**
 * Area under the curve of the mean of the ten best scores so far against evaluations, over the budget: between the least
 * and the greatest score, and the greater the earlier good ones come. By trapezoids from one multiple of `every` to the
 * next and to the end, from 0 at 0 evaluations; where the search ended early the last mean is held up to the budget. With
 * fewer than ten scores the mean is theirs; without any the area is 0.
 *
 * @param scores of distinct products in order of evaluation. NaN, of what could not be scored, takes no evaluation, as
 *   there; what lies beyond the budget is left out
 * @param budget evaluations allowed
 * @throws UserError unless budget and interval are whole and positive
 * @see Gao, Fu, Sun and Coley (2022), Sample efficiency matters: a benchmark for practical molecular optimization;
 *   `top_auc` in its code
 */
export function aucTop10(scores: ArrayLike<number>, budget: number, every = 100): number {
  if (!(Number.isInteger(budget) && budget >= 1 && Number.isInteger(every) && every >= 1)) {
    throw new UserError(
      `The area under the top-10 curve wants a whole budget and a whole interval of at least 1; got ${budget}, ${every}.`,
    );
  }
  const counted = Array.from(scores)
    .filter((score) => !Number.isNaN(score))
    .slice(0, budget);
  const top: number[] = [];
  let area = 0;
  let before = 0;
  let done = 0;
  counted.forEach((score, i) => {
    insertBest(top, score);
    const made = i + 1;
    if (made % every !== 0 && made !== counted.length) return;
    const mean = top.reduce((sum, value) => sum + value, 0) / top.length;
    area += ((made - done) * (mean + before)) / 2;
    before = mean;
    done = made;
  });
  return (area + (budget - done) * before) / budget;
}

/** Keeps the ten greatest, greatest first. */
function insertBest(top: number[], score: number): void {
  if (top.length === topSize && score <= top[topSize - 1]) return;
  let place = top.length;
  while (place > 0 && top[place - 1] < score) place--;
  top.splice(place, 0, score);
  if (top.length > topSize) top.pop();
}

/**
 * Mean of independent values, such as one a seed, and its 95 % interval, mean +- t s / sqrt(n) with n - 1 degrees of
 * freedom. The ends are NaN for a single value, and all is NaN for none.
 *
 * @see Student (1908), The probable error of a mean, Biometrika 6(1)
 */
export function meanInterval(values: ArrayLike<number>): MeanInterval {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[i];
  mean /= n;
  if (n < 2) return { mean, low: Number.NaN, high: Number.NaN };
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  const half = studentQuantile(n - 1, 0.95) * Math.sqrt(squares / (n - 1) / n);
  return { mean, low: mean - half, high: mean + half };
}
