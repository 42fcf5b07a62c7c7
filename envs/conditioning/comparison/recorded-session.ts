import { UserError } from '../../../src/core/errors.ts';
import { type EventTable, reward } from '../events.ts';
import { medianInterval } from '../recordings/alignment.ts';
import { checkRecording } from '../recordings/checks.ts';
import { deltaF } from '../recordings/delta-f.ts';
import { type Channel, channelOf, listed, type Recording } from '../recordings/recording.ts';
import { binChannel } from './bin-channel.ts';
import { memoryOf } from './cue-memory.ts';
import { type ModelledSession, modelledSession } from './models.ts';
import type { SignalMap } from './signal.ts';

export interface RecordedSessionOptions {
  /** Default: the first of the kind asked for, else the first signal, else the first neuron. */
  channel?: string;
  /** What the channel is taken for. Default: as its kind says. */
  signal?: SignalMap['id'];
  /** Length of a bin, s. */
  binSeconds: number;
  /** s for which a cue is remembered. Default: as the delays of the rewards tell, see `memoryOf`. */
  memory?: number;
  /** Whether fluorescence is turned into dF/F first. */
  dff?: boolean;
}

/** A session with what was recorded in it, bin by bin. */
export interface RecordedSession {
  session: ModelledSession;
  /** One number a bin, NaN where nothing is known: means of samples, or counts of spikes. */
  values: Float64Array;
  signal: SignalMap['id'];
  channel: string;
  /** Of the values, `spikes` or as the file tells it. */
  unit: string;
  /** What is odd but may be so, in sentences without a stop. */
  notes: string[];
}

/**
 * Puts a channel of a recording and the events on one grid of bins that begins with the recording. Events before its start or
 * after its end are left out. Rewards are divided by their mean: most models do not mind, but ANCCR's thresholds are of rewards
 * of about one.
 *
 * @throws UserError for a channel that is not there, or not of the kind that is asked for, events without a reward, and what
 *   `checkRecording` refuses
 */
export function recordedSession(
  recording: Recording,
  events: EventTable,
  { channel: name, signal, binSeconds, memory, dff = false }: RecordedSessionOptions,
): RecordedSession {
  const chosen = chooseChannel(recording, name, signal);
  refuseWithoutReward(events);
  const notes = checkRecording(recording, events, { channels: [chosen.name] });
  const channel = dff ? changeOf(chosen) : chosen;
  const [start, end] = spanOf(channel, recording, events);
  const within = events.filter(({ time }) => time >= start && time <= end);
  if (within.length < events.length) {
    notes.push(`left out, as outside the recording: ${events.length - within.length} of ${events.length} events`);
  }
  refuseWithoutReward(within);
  const interval = channel.kind === 'signal' ? medianInterval(channel.times) : 0;
  if (interval > binSeconds * (1 + 1e-6)) {
    notes.push(
      `'${channel.name}' is sampled every ${Number(interval.toPrecision(3))} s: bins of ${binSeconds} s are empty in between`,
    );
  }

  const shifted = shiftAndScale(within, start);
  const session = modelledSession(shifted, binSeconds, end - start, memory ?? memoryOf(shifted));
  return {
    session,
    values: binChannel(channel, start, binSeconds, session.binned.bins),
    signal: signal ?? (channel.kind === 'spikes' ? 'spikes' : 'photometry'),
    channel: channel.name,
    unit: channel.kind === 'spikes' ? 'spikes' : (channel.unit ?? 'as recorded'),
    notes,
  };
}

function chooseChannel(recording: Recording, name: string | undefined, signal: SignalMap['id'] | undefined): Channel {
  const { channels, source } = recording;
  if (channels.length === 0) throw new UserError(`${source} has no channels: expected signals or spikes.`);
  const ofKind = (kind: Channel['kind']) => channels.find((channel) => channel.kind === kind);
  const first = signal === 'spikes' ? ofKind('spikes') : ofKind('signal');
  const channel = name === undefined ? (first ?? channels[0]) : channelOf(recording, name);
  if (signal === 'spikes' && channel.kind !== 'spikes') {
    throw new UserError(
      `${source}: spikes are counted in times of spikes, but '${channel.name}' holds samples of a signal. Take it for ` +
        'photometry, or give the times at which the neuron fired.',
    );
  }
  return channel;
}

function changeOf(channel: Channel): Channel {
  if (channel.kind === 'signal') return deltaF(channel);
  throw new UserError(`dF/F is of fluorescence, but '${channel.name}' holds spikes. Leave it out.`);
}

/** The first and last sample; of spikes, which do not tell when a neuron was listened to, whatever the file covers. */
function spanOf(channel: Channel, { channels }: Recording, events: EventTable): [number, number] {
  if (channel.kind === 'signal') return [channel.times[0], channel.times[channel.times.length - 1]];
  const times = channels.flatMap((one) =>
    one.times.length > 0 ? [one.times[0], one.times[one.times.length - 1]] : [],
  );
  return [
    times.reduce((a, b) => Math.min(a, b), events[0].time),
    times.reduce((a, b) => Math.max(a, b), events[events.length - 1].time),
  ];
}

function refuseWithoutReward(events: EventTable): void {
  if (events.length === 0 || events.some(({ event }) => event === reward)) return;
  const names = [...new Set(events.map(({ event }) => event))];
  throw new UserError(
    `Expected an event called '${reward}' within the recording, but found ${listed(names)}. If one of them is the reward, ` +
      `rename it, on the command line by --rename <its name>=${reward}.`,
  );
}

function shiftAndScale(events: EventTable, start: number): EventTable {
  const rewards = events.filter(({ event }) => event === reward);
  const mean = rewards.reduce((sum, { magnitude }) => sum + magnitude, 0) / rewards.length;
  const unit = mean > 0 ? mean : 1;
  return events.map(({ time, event, magnitude }) => ({
    time: time - start,
    event,
    magnitude: event === reward ? magnitude / unit : magnitude,
  }));
}
