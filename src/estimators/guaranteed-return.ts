import { UserError } from '../core/errors.ts';
import { episodeReturns, finalLogWeights, type WeighedEpisodes } from './off-policy-evaluation.ts';

/** The least and the most that an episode can return, discounted as it is. */
export interface ReturnRange {
  lowest: number;
  highest: number;
}

/**
 * What V(pi) is at least, in 95 % of logs whatever they have not seen: by the empirical Bernstein bound on
 * x = min(w, clip) (G - lowest), which lies between 0 and clip (highest - lowest) and whose mean is at most V(pi) - lowest.
 * The price is a bound that says little before there are thousands of episodes.
 *
 * @param clip chosen without a look at the log
 * @throws UserError where an episode has returned what none can
 * @see Thomas, Theocharous and Ghavamzadeh (2015), High-confidence off-policy evaluation; Maurer and Pontil (2009),
 *   Empirical Bernstein bounds and sample variance penalization, theorem 4
 */
export function guaranteedReturn(episodes: WeighedEpisodes, { lowest, highest }: ReturnRange, clip: number): number {
  const returns = episodeReturns(episodes);
  const n = returns.length;
  for (const found of returns) {
    if (found >= lowest && found <= highest) continue;
    throw new UserError(
      `An episode of the log returns ${found}: expected all from ${lowest} to ${highest}, as it was told. Give the least ` +
        'and the most that is possible, discounted.',
    );
  }
  if (n < 2) return lowest;
  const largest = clip * (highest - lowest);
  const x = finalLogWeights(episodes).map(
    (logWeight, e) => (Math.min(Math.exp(logWeight), clip) * (returns[e] - lowest)) / largest,
  );
  const mean = x.reduce((sum, value) => sum + value, 0) / n;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const doubt = Math.log(2 / 0.05);
  const bound = mean - Math.sqrt((2 * variance * doubt) / n) - (7 * doubt) / (3 * (n - 1));
  return lowest + largest * Math.max(0, bound);
}
