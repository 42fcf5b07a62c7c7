import { UserError } from '../../../src/core/errors.ts';
import type { ConditioningEvent } from '../events.ts';
import type { Hdf5File } from './hdf5.ts';
import { suggestion } from './recording.ts';

/** Columns of times, and the event of each: its name, or with a magnitude that another column holds. */
export type TrialColumns = Readonly<Record<string, string | { event: string; magnitude?: string }>>;

/** Ways in which files keep events, each with a dataset by which it is known. */
const forms: readonly {
  known: (file: Hdf5File, path: string) => boolean;
  read: (file: Hdf5File, path: string, recordingEnd: number) => ConditioningEvent[];
}[] = [
  { known: (file, path) => file.isDataset(`${path}/eventtime`), read: readEventLog },
  { known: (file, path) => file.isDataset(`${path}/event_times`), read: readAnnotatedTable },
  { known: (file, path) => file.isDataset(`${path}/timestamp`), read: readEventsTable },
  { known: (file, path) => isInEventContainer(file, path), read: readMarkedSeries },
  { known: isLabelled, read: readLabelled },
];

/** Whether a group holds events rather than samples. */
export const isEventGroup = (file: Hdf5File, path: string) =>
  file.isGroup(path) && forms.some(({ known }) => known(file, path));

/**
 * All events in `/acquisition`, `/processing` and `/events`, in the order of the file.
 *
 * @param recordingEnd time of the last sample, s; 0 where there are none
 */
export function findEvents(file: Hdf5File, recordingEnd: number): ConditioningEvent[] {
  const found: ConditioningEvent[] = [];
  const visit = (path: string) => {
    const form = forms.find(({ known }) => known(file, path));
    if (form) found.push(...form.read(file, path, recordingEnd));
    else for (const name of file.children(path)) if (file.isGroup(`${path}/${name}`)) visit(`${path}/${name}`);
  };
  for (const top of ['/acquisition', '/processing', '/events']) if (file.isGroup(top)) visit(top);
  return found;
}

/**
 * Events of the trials: a time in each of the columns, none where it is NaN.
 *
 * @throws UserError for columns that are not there, naming those that are
 */
export function eventsOfTrials(file: Hdf5File, columns: TrialColumns): ConditioningEvent[] {
  const table = '/intervals/trials';
  const known = file.children(table).filter((name) => name !== 'id');
  const read = (column: string) => {
    if (known.includes(column)) return file.numbers(`${table}/${column}`).values;
    throw new UserError(`${file.source}: the table of trials has no column '${column}'. ${suggestion(column, known)}`);
  };
  return Object.entries(columns).flatMap(([column, told]) => {
    const { event, magnitude } = typeof told === 'string' ? { event: told } : told;
    const magnitudes = magnitude === undefined ? undefined : read(magnitude);
    return eventsAt(read(column), () => event, magnitudes);
  });
}

/** `BehavioralEvents`: each series within marks one sort of event, and its data how large each was. */
const isInEventContainer = (file: Hdf5File, path: string) =>
  file.isDataset(`${path}/timestamps`) &&
  file.textAttribute(path.slice(0, path.lastIndexOf('/')), 'neurodata_type') === 'BehavioralEvents';

function readMarkedSeries(file: Hdf5File, path: string): ConditioningEvent[] {
  const times = file.numbers(`${path}/timestamps`).values;
  const shape = file.shapeOf(`${path}/data`);
  const magnitudes =
    shape?.length === 1 && !file.holdsText(`${path}/data`) ? file.numbers(`${path}/data`).values : undefined;
  return eventsAt(times, () => lastPart(path), magnitudes);
}

/** `Events` and `LabeledEvents` of ndx-events 0.2, and `AnnotationSeries`: times, with labels or texts if with anything. */
function isLabelled(file: Hdf5File, path: string): boolean {
  if (!file.isDataset(`${path}/timestamps`)) return false;
  if (!file.isDataset(`${path}/data`)) return /Events$|^$/.test(file.textAttribute(path, 'neurodata_type') ?? '');
  if (file.attribute(`${path}/data`, 'labels') !== undefined) return true;
  return file.textAttribute(path, 'neurodata_type') === 'AnnotationSeries';
}

function readLabelled(file: Hdf5File, path: string): ConditioningEvent[] {
  const times = file.numbers(`${path}/timestamps`).values;
  if (!file.isDataset(`${path}/data`)) return eventsAt(times, () => lastPart(path));
  const labels = file.attribute(`${path}/data`, 'labels');
  if (!Array.isArray(labels)) {
    const texts = file.texts(`${path}/data`);
    return eventsAt(times, (i) => texts[i]);
  }
  const codes = file.numbers(`${path}/data`).values;
  return eventsAt(times, (i) => String(labels[codes[i]] ?? `${lastPart(path)} ${codes[i]}`));
}

/** `AnnotatedEventsTable` of ndx-events 0.2: a row for each sort of event, with all its times. */
function readAnnotatedTable(file: Hdf5File, path: string): ConditioningEvent[] {
  const times = file.numbers(`${path}/event_times`).values;
  const ends = file.numbers(`${path}/event_times_index`).values;
  const labels = file.isDataset(`${path}/label`) ? file.texts(`${path}/label`) : [];
  return Array.from(ends, (end, row) => {
    const own = times.subarray(row === 0 ? 0 : ends[row - 1], end);
    return eventsAt(own, () => labels[row] ?? `${lastPart(path)} ${row}`);
  }).flat();
}

/** Columns that may tell what an event was. */
const nameColumns = ['event_type', 'event_name', 'event', 'label', 'type', 'name', 'annotation'];

/** `EventsTable`: a row an event. Without a column that names them, all are called as the table is. */
function readEventsTable(file: Hdf5File, path: string): ConditioningEvent[] {
  const times = file.numbers(`${path}/timestamp`).values;
  const column = nameColumns.find((name) => file.isDataset(`${path}/${name}`) && file.holdsText(`${path}/${name}`));
  const names = column === undefined ? undefined : file.texts(`${path}/${column}`);
  const magnitudes = file.isDataset(`${path}/magnitude`) ? file.numbers(`${path}/magnitude`).values : undefined;
  return eventsAt(times, (i) => names?.[i] ?? lastPart(path), magnitudes);
}

/**
 * `Eventlog` of ndx-eventlog-namlab (DANDI 000351): indices and times, and beside it a table of what the indices mean. The
 * form has milliseconds for its unit whatever the file holds, so that the length of the recording has to tell.
 */
function readEventLog(file: Hdf5File, path: string, recordingEnd: number): ConditioningEvent[] {
  const times = file.numbers(`${path}/eventtime`).values;
  const indices = file.numbers(`${path}/eventindex`).values;
  const last = times.reduce((most, time) => Math.max(most, time), 0);
  const declared = file.textAttribute(`${path}/eventtime`, 'unit') === 'milliseconds';
  const milliseconds = declared && (recordingEnd === 0 || last > manyTimes * recordingEnd);
  const seconds = milliseconds ? times.map((time) => time / 1000) : times;
  const names = namesOfIndices(file, path);
  return eventsAt(seconds, (i) => names.get(indices[i]) ?? `${lastPart(path)} ${indices[i]}`);
}

/** Between 1, of times in seconds, and 1000. */
const manyTimes = 30;

function namesOfIndices(file: Hdf5File, path: string): Map<number, string> {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const tables = [`${path}/eventtable`, ...file.children(parent).map((name) => `${parent}/${name}`)];
  const table = tables.find(
    (name) => file.isDataset(`${name}/event_index`) && file.isDataset(`${name}/event_description`),
  );
  if (table === undefined) return new Map();
  const texts = file.texts(`${table}/event_description`);
  return new Map(Array.from(file.numbers(`${table}/event_index`).values, (index, row) => [index, texts[row]]));
}

function eventsAt(times: Float64Array, nameOf: (i: number) => string, magnitudes?: Float64Array): ConditioningEvent[] {
  const events: ConditioningEvent[] = [];
  times.forEach((time, i) => {
    if (Number.isNaN(time)) return;
    const magnitude = magnitudes?.[i] ?? 1;
    events.push({ time, event: nameOf(i), magnitude: Number.isNaN(magnitude) ? 1 : magnitude });
  });
  return events;
}

const lastPart = (path: string) => path.slice(path.lastIndexOf('/') + 1);
