import { type EventTable, reward } from '../events.ts';
import { alignSignal } from '../recordings/alignment.ts';
import type { Recording, SpikeChannel } from '../recordings/recording.ts';
import type { CellResponses } from './cells.ts';

export interface RewardResponseOptions {
  /** s from the reward: where spikes are counted, and where those that would have come anyway are. */
  window?: readonly [number, number];
  baseline?: readonly [number, number];
  /** From the size of a reward to what it is worth. Default: the size itself. */
  utility?: (magnitude: number) => number;
}

const fewestCells = 3;
const fewestSizes = 3;
/** Both halves of the trials are to have one of each size. */
const fewestTrials = 2;

/**
 * How the neurons of a recording answer rewards of several sizes, each trial as spikes/s in a window after the reward less
 * those in a baseline before it. Sizes that came only once are left out, and neurons that never fired.
 *
 * @param recording and events on one clock; of events too close to either end of the recording nothing is told
 * @returns `undefined` with fewer than three neurons or sizes
 */
export function rewardResponses(
  recording: Recording,
  events: EventTable,
  options: RewardResponseOptions = {},
): CellResponses[] | undefined {
  const { window = [0, 0.6], baseline = [-1, 0], utility = (magnitude) => magnitude } = options;
  const cells = recording.channels.filter(
    (channel): channel is SpikeChannel => channel.kind === 'spikes' && channel.times.length > 0,
  );
  if (cells.length < fewestCells) return undefined;
  const start = Math.min(...recording.channels.map(({ times }) => times[0] ?? Infinity));
  const end = Math.max(...recording.channels.map(({ times }) => times.at(-1) ?? -Infinity));
  const times = new Map<number, number[]>();
  for (const { time, event, magnitude } of events) {
    const isWhole = time + Math.min(window[0], baseline[0]) >= start && time + Math.max(window[1], baseline[1]) <= end;
    if (event !== reward || !isWhole) continue;
    const own = times.get(magnitude) ?? [];
    times.set(magnitude, own);
    own.push(time);
  }
  const sizes = [...times].filter(([, own]) => own.length >= fewestTrials).sort(([a], [b]) => a - b);
  if (sizes.length < fewestSizes) return undefined;
  return cells.map((cell) => ({
    name: cell.name,
    rewards: sizes.map(([size]) => utility(size)),
    responses: sizes.map(([, own]) => {
      const before = ratesIn(cell, own, baseline);
      return ratesIn(cell, own, window).map((rate, trial) => rate - before[trial]);
    }),
  }));
}

/** Spikes/s about each event. */
function ratesIn(cell: SpikeChannel, events: readonly number[], [from, to]: readonly [number, number]): Float64Array {
  return alignSignal(cell, events, { from, to, step: to - from }).values;
}
