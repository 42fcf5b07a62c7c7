import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  type ComparisonFindings,
  distributionalEvidence,
  type EventTable,
  errorModel,
  hyperbolicUtility,
  type RecordedSession,
  type Recording,
  readEventFile,
  readRecording,
  recordedSession,
  recoveryDefaults,
  renameEvents,
  rewardResponses,
  signalMaps,
  syntheticSignal,
  tellingSession,
} from '../../envs/index.ts';
import { Random } from '../../src/core/random.ts';
import { asUsage, asUsageAsync, UsageError } from '../usage-error.ts';
import type { CompareOptions } from './options.ts';

/** What models are held against, wherever it comes from. */
export interface Subject extends Omit<RecordedSession, 'notes'> {
  title: string;
  findings: ComparisonFindings;
}

/** A recording that a model made. */
export function madeUp(
  id: string,
  { signal = 'photometry', seed, trials, neurons = recoveryDefaults.neurons }: CompareOptions,
): Subject {
  const model = asUsage(() => errorModel(id));
  const random = new Random(seed);
  const session = tellingSession(trials, random);
  const map = signalMaps[signal](session.binned.binSeconds);
  const { noise } = recoveryDefaults;
  const { signal: values, parameters } = syntheticSignal(model, session, map, noise, random, neurons);
  return {
    ...{ title: `a recording made up by ${model.name}`, session, values, signal },
    ...{ channel: 'made up', unit: signal === 'spikes' ? 'spikes' : 'made up' },
    findings: { truth: { id, parameters } },
  };
}

/** One that is in a file, with its events. */
export async function recorded(file: string, options: CompareOptions): Promise<Subject> {
  const { variable, rate, channel, signal, bin, memory, dff } = options;
  refuseMissing(file, 'the recording that --recording names');
  if (options.events !== undefined) refuseMissing(options.events, 'the events that --events names');
  const recording = await asUsageAsync(() => readRecording(file, { variable, rate }));
  const { found, evidence } = asUsage(() => {
    const events = eventsOf(recording, options);
    const found = recordedSession(recording, events, { channel, signal, binSeconds: bin, memory, dff });
    return { found, evidence: cellsOf(recording, events, options) };
  });
  const { notes, ...rest } = found;
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  return { ...rest, title: `${basename(file)}, ${rest.channel}`, findings: { evidence } };
}

function refuseMissing(file: string, what: string): void {
  if (!existsSync(file)) throw new UsageError(`There is no file ${resolve(file)}: expected ${what}.`);
}

function eventsOf(recording: Recording, { events: file, rename = [], ignore = [] }: CompareOptions): EventTable {
  const all = file === undefined ? recording.events : readEventFile(file);
  if (all === undefined) {
    throw new UsageError(`${recording.source} holds no events: give them as CSV with --events <file>.`);
  }
  const renamed = renameEvents(all, Object.fromEntries(rename.map(pairOf)));
  // Renaming knows how to refuse names that there are not.
  renameEvents(renamed, Object.fromEntries(ignore.map((name) => [name, name])));
  return renamed.filter(({ event }) => !ignore.includes(event));
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--rename: expected the old and the new name of an event as old=new, got '${text}'.`);
}

function cellsOf(recording: Recording, events: EventTable, { utility }: CompareOptions) {
  const responses = rewardResponses(recording, events, utility === 'hyperbolic' ? { utility: hyperbolicUtility } : {});
  return responses && distributionalEvidence(responses);
}
