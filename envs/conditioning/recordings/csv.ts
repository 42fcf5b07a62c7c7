import { clip, parseDecimal, quoteCell, readCsv } from '../../../src/core/csv.ts';
import { UserError } from '../../../src/core/errors.ts';
import type { ConditioningEvent, EventTable } from '../events.ts';
import { refuseMilliseconds } from './plausible-times.ts';
import { type Channel, type Recording, signalChannel, spikeChannel } from './recording.ts';

/** The lines below a header, whose columns are found by name in small letters. */
interface Table {
  source: string;
  header: readonly string[];
  rows: readonly string[][];
  timeColumn: number;
}

/**
 * Reads signals and spikes: long, with a header `channel,time,value` for signals or `channel,time` for spikes and the
 * lines of each channel in the order of time, or wide, `time,<channel>,<channel>,...`. Times are in seconds. A value that is
 * empty, `NaN` or `NA` is missing.
 *
 * @param source name of the file, for messages
 * @throws UserError with the line: for columns that are missing, cells that are no numbers, and times that are out of order
 *   or look like milliseconds
 */
export function readSignals(text: string, source: string): Recording {
  const table = readTable(text, source, "a header 'time,<channel>,...' or 'channel,time,value' and a line a sample");
  const channels = columnOf(table, 'channel') < 0 ? readWide(table) : readLong(table);
  for (const channel of channels) refuseMilliseconds(channel.times, `${source}, channel '${channel.name}'`);
  return { source, channels };
}

/**
 * Reads events: a header `time,event` or `time,event,magnitude`, and a line for each event in the order of time, in seconds.
 * A magnitude that is not told is 1.
 *
 * @param source name of the file, for messages
 * @throws UserError with the line, as `readSignals`
 */
export function readEvents(text: string, source: string): EventTable {
  const table = readTable(text, source, "a header 'time,event,magnitude' and a line an event");
  const [eventColumn, magnitudeColumn] = [columnOf(table, 'event'), columnOf(table, 'magnitude')];
  if (eventColumn < 0) {
    throw new UserError(
      `${source}, line 1: expected the columns time, event and, if there are, magnitude, but found ${found(table)}.`,
    );
  }
  const events = table.rows.map((cells, row): ConditioningEvent => {
    const event = cells[eventColumn];
    if (event === '') throw new UserError(`${lineOf(table, row)}: the event has no name.`);
    const told = magnitudeColumn >= 0 && cells[magnitudeColumn] !== '';
    return {
      time: numberAt(table, row, table.timeColumn),
      event,
      magnitude: told ? numberAt(table, row, magnitudeColumn) : 1,
    };
  });
  for (let row = 1; row < events.length; row++) {
    if (events[row].time < events[row - 1].time) throw outOfOrder(table, row, events[row - 1].time, events[row].time);
  }
  refuseMilliseconds(
    events.map(({ time }) => time),
    source,
  );
  return events;
}

/** Whether a text begins as a table of events does. */
export function isEventTable(text: string): boolean {
  const header = text
    .slice(0, 1000)
    .split(/[\r\n]/, 1)[0]
    .toLowerCase()
    .split(',')
    .map((name) => name.replace(/[\s"\uFEFF]/g, ''));
  return header.includes('event') && header.includes('time');
}

function readTable(text: string, source: string, expected: string): Table {
  const [names, ...rows] = readCsv(text, source, expected);
  const header = names.map((name) => name.trim());
  const table = { source, header, rows, timeColumn: header.findIndex((name) => name.toLowerCase() === 'time') };
  if (table.timeColumn < 0) {
    const milliseconds = header.find((name) => /\(ms\)|[_ ]ms$|^ms$|millis/i.test(name));
    const advice =
      milliseconds === undefined ? '' : ` Divide '${clip(milliseconds)}' by 1000 and call the column 'time'.`;
    throw new UserError(`${source}, line 1: expected a column 'time', in seconds, but found ${found(table)}.${advice}`);
  }
  if (rows.length === 0) throw new UserError(`${source}: expected ${expected}, but there is nothing below the header.`);
  const doubled = header.find((name, index) => header.indexOf(name) !== index);
  if (doubled !== undefined) throw new UserError(`${source}, line 1: two columns are called '${doubled}'. Rename one.`);
  rows.forEach((cells, row) => {
    if (cells.length !== header.length) {
      throw new UserError(
        `${lineOf(table, row)}: expected ${header.length} cells as in the header, but there are ${cells.length}.`,
      );
    }
  });
  return table;
}

function readWide(table: Table): Channel[] {
  const { header, rows, source, timeColumn } = table;
  if (header.length < 2) {
    throw new UserError(
      `${source}, line 1: expected a column for each channel beside 'time', or 'channel' and 'value', but found ` +
        `${found(table)}.`,
    );
  }
  const times = Float64Array.from(rows, (_, row) => numberAt(table, row, timeColumn));
  refuseDisorder(table, times, (i) => i, true);
  return header.flatMap((name, column) => {
    if (column === timeColumn) return [];
    const values = Float64Array.from(rows, (_, row) => valueAt(table, row, column));
    return [signalChannel(source, name, times, values)];
  });
}

function readLong(table: Table): Channel[] {
  const { rows, source, timeColumn } = table;
  const [channelColumn, valueColumn] = [columnOf(table, 'channel'), columnOf(table, 'value')];
  const strange = table.header.find((_, column) => ![channelColumn, valueColumn, timeColumn].includes(column));
  if (strange !== undefined) {
    throw new UserError(
      `${source}, line 1: expected the columns channel, time and, for signals, value, but found ${found(table)}. ` +
        `Leave '${clip(strange)}' out.`,
    );
  }
  const rowsOf = new Map<string, number[]>();
  rows.forEach((cells, row) => {
    const name = cells[channelColumn];
    if (name === '') throw new UserError(`${lineOf(table, row)}: the channel has no name.`);
    const known = rowsOf.get(name);
    if (known) known.push(row);
    else rowsOf.set(name, [row]);
  });
  return [...rowsOf].map(([name, own]) => {
    const times = Float64Array.from(own, (row) => numberAt(table, row, timeColumn));
    refuseDisorder(table, times, (i) => own[i], valueColumn >= 0);
    if (valueColumn < 0) return spikeChannel(source, name, times);
    const values = Float64Array.from(own, (row) => valueAt(table, row, valueColumn));
    return signalChannel(source, name, times, values);
  });
}

/** @param strictly whether no time may come twice */
function refuseDisorder(table: Table, times: Float64Array, rowOf: (i: number) => number, strictly: boolean): void {
  for (let i = 1; i < times.length; i++) {
    if (times[i] < times[i - 1]) throw outOfOrder(table, rowOf(i), times[i - 1], times[i]);
    if (strictly && times[i] === times[i - 1]) {
      throw new UserError(
        `${lineOf(table, rowOf(i))}: the time ${times[i]} comes twice. Keep one sample of each time.`,
      );
    }
  }
}

const outOfOrder = (table: Table, row: number, before: number, time: number) =>
  new UserError(`${lineOf(table, row)}: the time goes back from ${before} to ${time}. Sort the lines by time.`);

function numberAt(table: Table, row: number, column: number): number {
  const value = parseDecimal(table.rows[row][column]);
  if (Number.isFinite(value)) return value;
  throw notANumber(table, row, column);
}

function valueAt(table: Table, row: number, column: number): number {
  const cell = table.rows[row][column];
  return missing.test(cell) ? Number.NaN : numberAt(table, row, column);
}

const missing = /^(nan|na|n\/a)?$/i;

const notANumber = (table: Table, row: number, column: number) =>
  new UserError(
    `${lineOf(table, row)}, column ${clip(table.header[column])}: expected a number, but found ` +
      `${quoteCell(table.rows[row][column])}.`,
  );

const columnOf = ({ header }: Table, name: string) => header.findIndex((known) => known.toLowerCase() === name);

const lineOf = ({ source }: Table, row: number) => `${source}, line ${row + 2}`;

const found = ({ header }: Table) => clip(header.join(', ')) || 'nothing';
