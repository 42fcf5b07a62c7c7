import { quantile } from '../../../src/estimators/statistics.ts';
import { cuesOf, type EventTable, reward } from '../events.ts';

/** s beyond the longest delay: a reward that fails to come is missed only when it is overdue. */
const overdue = 1;
/** s, where no cue foretells a reward. */
const withoutCues = 4;
/** Share of a cue's onsets that a reward must follow: fewer may be rewards that came by chance. */
const fewestFollowed = 0.25;
/** From the lower to the upper quartile of the delays, in medians, at the most: rewards at any time spread wider. */
const widestSpread = 0.6;
/** Delays longer than the median, so many times over, are of rewards that the cue did not announce. */
const longestOverMedian = 2;

/**
 * How long a cue must be remembered for its reward to be put down to it, in s: the longest delay from a cue to the reward, and
 * somewhat more. A cue counts where rewards follow often and at about the same time: rewards out of the blue follow cues too,
 * but at any time.
 */
export function memoryOf(events: EventTable): number {
  const longest = cuesOf(events).map((cue) => {
    const { onsets, delays } = delaysAfter(events, cue);
    if (delays.length === 0 || delays.length < fewestFollowed * onsets) return 0;
    const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(delays, q));
    if (high - low > widestSpread * median) return 0;
    return Math.max(...delays.filter((delay) => delay <= longestOverMedian * median));
  });
  const most = Math.max(0, ...longest);
  return most > 0 ? most + overdue : withoutCues;
}

function delaysAfter(events: EventTable, cue: string): { onsets: number; delays: Float64Array } {
  let onsets = 0;
  const delays: number[] = [];
  events.forEach(({ event, time }, index) => {
    if (event !== cue) return;
    onsets++;
    const next = events[index + 1];
    if (next?.event === reward) delays.push(next.time - time);
  });
  return { onsets, delays: Float64Array.from(delays) };
}
