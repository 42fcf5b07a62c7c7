import { UserError } from '../../../src/core/errors.ts';
import { type Hdf5File, withHdf5 } from './hdf5.ts';
import { eventsOfTrials, findEvents, isEventGroup, type TrialColumns } from './nwb-events.ts';
import {
  type Channel,
  type Recording,
  signalChannel,
  sortedEvents,
  spikeChannel,
  steadyTimes,
  suggestion,
} from './recording.ts';

export interface NwbOptions {
  /** The only channel to read: large files have many. */
  channel?: string;
  /** Columns of the table of trials that hold times of events, and what these are called: `{ tone_time: 'tone' }`. */
  trials?: TrialColumns;
}

/** Whether an HDF5 file is one of Neurodata Without Borders. */
export const isNwb = (file: Hdf5File) =>
  file.attribute('/', 'nwb_version') !== undefined || file.isDataset('session_start_time');

/**
 * Reads a file of Neurodata Without Borders 2: as signals, each column of each time series in `/acquisition` and
 * `/processing`, in its unit (data x conversion + offset); as spikes, each row of `/units`; as events, tables and series of
 * events there and in `/events`, and the columns of `/intervals/trials` that are asked for. Channels bear the name of their
 * series, or its path where two are called alike, with the column from 0 on where there are several: `photometry[1]`.
 * Images are left out.
 *
 * @throws UserError for a channel that is not there, naming those that are, and for series whose times do not fit
 * @see NWB Format Specification 2.9: TimeSeries, Units, TimeIntervals, EventsTable
 */
export const readNwb = (path: string, options: NwbOptions = {}): Promise<Recording> =>
  withHdf5(path, (file) => readOpenNwb(file, options));

/** As `readNwb`, of a file that is open. */
export function readOpenNwb(file: Hdf5File, { channel, trials }: NwbOptions = {}): Recording {
  const { source } = file;
  const series = nameSeries(findSeries(file));
  const units = file.isDataset('units/spike_times') ? unitNames(file) : [];
  const names = [...series.flatMap(({ names }) => names), ...units];
  if (channel !== undefined && !names.includes(channel)) {
    throw new UserError(`${source} has no channel '${channel}'. ${suggestion(channel, names)}`);
  }
  const isWanted = (name: string) => channel === undefined || name === channel;
  const channels: Channel[] = series
    .filter((one) => one.names.some(isWanted))
    .flatMap((one) => readSeries(file, one).filter(({ name }) => isWanted(name)));
  if (units.some(isWanted)) channels.push(...readUnits(file, units).filter(({ name }) => isWanted(name)));

  const end = Math.max(...channels.map(({ times }) => times.at(-1) ?? 0), 0);
  const events = sortedEvents([...findEvents(file, end), ...(trials ? eventsOfTrials(file, trials) : [])]);
  if (names.length === 0 && events.length === 0) {
    throw new UserError(
      `${source}: expected time series in /acquisition or /processing, units or events, but there are none. It holds ` +
        `${file.describe()}.`,
    );
  }
  return { source, channels, ...(events.length > 0 ? { events } : {}) };
}

interface Series {
  path: string;
  columns: number;
}

/** Groups with samples and their times, in `/acquisition` and `/processing`. */
function findSeries(file: Hdf5File): Series[] {
  const found: Series[] = [];
  const visit = (path: string) => {
    if (isEventGroup(file, path)) return;
    const shape = file.shapeOf(`${path}/data`);
    const timed = file.isDataset(`${path}/timestamps`) || file.isDataset(`${path}/starting_time`);
    if (shape && timed) {
      if (shape.length <= 2 && shape[0] > 0) found.push({ path, columns: shape[1] ?? 1 });
      return;
    }
    for (const name of file.children(path)) if (file.isGroup(`${path}/${name}`)) visit(`${path}/${name}`);
  };
  visit('/acquisition');
  visit('/processing');
  return found;
}

/** Names of the channels of each series. */
function nameSeries(series: readonly Series[]): (Series & { names: string[] })[] {
  const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const parts = series.map(({ path }) => lastPart(path));
  return series.map(({ path, columns }, index) => {
    const alone = parts.indexOf(parts[index]) === parts.lastIndexOf(parts[index]);
    const name = alone ? parts[index] : path.slice(1);
    const names = columns === 1 ? [name] : Array.from({ length: columns }, (_, column) => `${name}[${column}]`);
    return { path, columns, names };
  });
}

function readSeries(file: Hdf5File, { path, columns, names }: Series & { names: readonly string[] }): Channel[] {
  const { values, shape } = file.numbers(`${path}/data`);
  const [samples] = shape;
  const where = `${file.source}, ${path}`;
  const times = timesOf(file, path, samples);
  const conversion = file.numberAttribute(`${path}/data`, 'conversion') ?? 1;
  const offset = file.numberAttribute(`${path}/data`, 'offset') ?? 0;
  const unit = file.textAttribute(`${path}/data`, 'unit');
  const ofColumns = file.isDataset(`${path}/channel_conversion`)
    ? file.numbers(`${path}/channel_conversion`).values
    : undefined;
  return names.map((name, column) => {
    const factor = conversion * (ofColumns?.[column] ?? 1);
    const own = Float64Array.from({ length: samples }, (_, i) => values[i * columns + column] * factor + offset);
    return signalChannel(where, name, times, own, unit);
  });
}

function timesOf(file: Hdf5File, path: string, samples: number): Float64Array {
  if (file.isDataset(`${path}/timestamps`)) return file.numbers(`${path}/timestamps`).values;
  const [start] = file.numbers(`${path}/starting_time`).values;
  const rate = file.numberAttribute(`${path}/starting_time`, 'rate');
  if (rate !== undefined && rate > 0) return steadyTimes(samples, rate, start);
  throw new UserError(`${file.source}, ${path}/starting_time: expected an attribute 'rate' in Hz, but found ${rate}.`);
}

function unitNames(file: Hdf5File): string[] {
  const count = file.shapeOf('units/spike_times_index')?.[0] ?? 1;
  const ids = file.isDataset('units/id') ? file.numbers('units/id').values : undefined;
  return Array.from({ length: count }, (_, i) => `unit ${ids?.[i] ?? i}`);
}

function readUnits(file: Hdf5File, names: readonly string[]): Channel[] {
  const times = file.numbers('units/spike_times').values;
  const ends = file.isDataset('units/spike_times_index')
    ? file.numbers('units/spike_times_index').values
    : Float64Array.of(times.length);
  return names.map((name, i) => {
    const [start, end] = [i === 0 ? 0 : ends[i - 1], ends[i]];
    if (!(start <= end && end <= times.length)) {
      throw new UserError(
        `${file.source}, /units/spike_times_index: the spikes of ${name} run from ${start} to ${end}, but there are ` +
          `${times.length}. The file is damaged: write it anew.`,
      );
    }
    return spikeChannel(`${file.source}, ${name}`, name, times.slice(start, end));
  });
}
