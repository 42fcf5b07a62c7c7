import { describe, expect, test } from '@jest/globals';
import { binChannel } from '../../../../envs/conditioning/comparison/bin-channel.ts';
import { memoryOf } from '../../../../envs/conditioning/comparison/cue-memory.ts';
import { trialsOf } from '../../../../envs/conditioning/comparison/trials.ts';
import { type EventTable, modelledSession, recordedSession } from '../../../../envs/index.ts';
import { Random } from '../../../../src/core/random.ts';

const event = (time: number, name: string, magnitude = 1) => ({ time, event: name, magnitude });

describe('a channel in bins', () => {
  test('of a signal the mean of what is known', () => {
    const times = Float64Array.of(9.9, 10, 10.25, 10.5, 10.75, 12, 13);
    const values = Float64Array.of(99, 1, 3, 5, Number.NaN, 7, 99);
    const binned = binChannel({ kind: 'signal', name: 'g', times, values }, 10, 0.5, 6);
    expect(Array.from(binned)).toEqual([2, 5, Number.NaN, Number.NaN, 7, Number.NaN]);
  });

  test('of spikes how many there are, and none where there are none', () => {
    const times = Float64Array.of(9.9, 10, 10.25, 10.5, 11.999, 12);
    expect(Array.from(binChannel({ kind: 'spikes', name: 'n', times }, 10, 0.5, 4))).toEqual([2, 1, 0, 1]);
  });
});

describe('how long a cue is remembered', () => {
  test('a second more than its longest delay', () => {
    const events = [1.2, 2, 2.8, 2].flatMap((delay, i) => [event(20 * i, 'tone'), event(20 * i + delay, 'reward')]);
    expect(memoryOf(events)).toBeCloseTo(3.8);
  });

  test('whatever comes out of the blue after cues that foretell nothing', () => {
    const random = new Random(1);
    const events = Array.from({ length: 40 }, (_, i) => [
      event(100 * i, 'tone'),
      event(100 * i + 2, 'reward'),
      event(100 * i + 20, 'light'),
      event(100 * i + 21 + 70 * random.double(), 'reward'),
    ]).flat();
    expect(memoryOf(events)).toBeCloseTo(3);
  });
});

describe('trials', () => {
  const events: EventTable = [
    event(5, 'light'),
    event(6, 'tone'),
    event(8, 'reward'),
    event(20, 'light'),
    event(21, 'tone'),
    event(30, 'reward'),
  ];
  const session = modelledSession(events, 0.5, 40, 3);

  test('begin with the first of their cues and end with the reward, or without', () => {
    expect(trialsOf(session)).toEqual([
      { bin: 10, type: 'light, rewarded', rewarded: true, seconds: 3 },
      { bin: 40, type: 'light, unrewarded', rewarded: false, seconds: 4 },
    ]);
  });

  test('about an event of choice', () => {
    expect(trialsOf(session, 'tone').map(({ bin, type }) => [bin, type])).toEqual([
      [12, 'tone, rewarded'],
      [42, 'tone, unrewarded'],
    ]);
    expect(trialsOf(session, 'reward').map(({ type }) => type)).toEqual(['reward after tone', 'reward alone']);
    expect(() => trialsOf(session, 'tune')).toThrow("Did you mean 'tone'?");
  });
});

describe('a recorded session', () => {
  const times = Float64Array.from({ length: 400 }, (_, i) => 100 + 0.1 * i);
  const recording = {
    source: 'rat.csv',
    channels: [
      { kind: 'signal', name: 'dLight', times, values: times.map((time) => Math.sin(time)) },
      { kind: 'spikes', name: 'unit 1', times: Float64Array.of(100.5, 110, 125) },
    ] as const,
  };
  const events = [event(90, 'tone'), event(101, 'tone'), event(103, 'reward', 4), event(120, 'reward', 8)];

  test('begins with the recording, whose clock may start anywhere', () => {
    const { session, values, signal, notes } = recordedSession(recording, events, { binSeconds: 0.2, memory: 3 });
    expect(signal).toBe('photometry');
    expect(session.binned.bins).toBe(200);
    expect(session.events.map(({ time }) => time)).toEqual([1, 3, 20]);
    expect(values[0]).toBeCloseTo((Math.sin(100) + Math.sin(100.1)) / 2);
    expect(notes.join('\n')).toContain('left out, as outside the recording: 1 of 4 events');
  });

  test('has rewards of one on average', () => {
    const { session } = recordedSession(recording, events, { binSeconds: 0.2 });
    expect(session.events.slice(1).map(({ magnitude }) => magnitude)).toEqual([4 / 6, 8 / 6]);
  });

  test('of spikes covers all that the file holds', () => {
    const { session, values, signal } = recordedSession(recording, events, { binSeconds: 0.5, signal: 'spikes' });
    expect(signal).toBe('spikes');
    expect(session.events[0].time).toBe(0);
    expect(values.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(values[21]).toBe(1);
  });

  test('refuses what cannot be compared', () => {
    const juice = events.map((one) => ({ ...one, event: one.event === 'reward' ? 'juice' : one.event }));
    const read = (own: EventTable, options: object) => () =>
      recordedSession(recording, own, { binSeconds: 0.2, ...options });
    expect(read(juice, {})).toThrow('found tone, juice');
    expect(read(events, { channel: 'dLigth' })).toThrow("Did you mean 'dLight'?");
    expect(read(events, { channel: 'dLight', signal: 'spikes' })).toThrow('holds samples of a signal');
    expect(read(events, { channel: 'unit 1', dff: true })).toThrow('holds spikes');
  });
});
