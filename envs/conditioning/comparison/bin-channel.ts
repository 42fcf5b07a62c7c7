import { binAt } from '../events.ts';
import type { Channel } from '../recordings/recording.ts';

/**
 * Cuts a whole channel into bins, as a session is cut: of a signal the mean of the samples within each, NaN where there are
 * none; of spikes how many there are.
 *
 * @param start s, on the channel's clock: where the first bin begins; what comes before it, or after the last bin, is left out
 */
export function binChannel(channel: Channel, start: number, binSeconds: number, bins: number): Float64Array {
  const sums = new Float64Array(bins);
  const counts = new Int32Array(bins);
  channel.times.forEach((time, i) => {
    const bin = binAt(time - start, binSeconds);
    const value = channel.kind === 'spikes' ? 1 : channel.values[i];
    if (bin < 0 || bin >= bins || Number.isNaN(value)) return;
    sums[bin] += value;
    counts[bin]++;
  });
  if (channel.kind === 'spikes') return sums;
  return sums.map((sum, bin) => (counts[bin] === 0 ? Number.NaN : sum / counts[bin]));
}
