import { describe, expect, test } from '@jest/globals';
import { type Channel, checkRecording, type Recording } from '../../../../envs/conditioning/recordings/index.ts';

/** Ten samples a second. */
function steady(seconds: number, valueAt: (i: number) => number = (i) => i % 7): Channel {
  const count = 10 * seconds + 1;
  return {
    kind: 'signal',
    name: 'dff',
    times: Float64Array.from({ length: count }, (_, i) => i / 10),
    values: Float64Array.from({ length: count }, (_, i) => valueAt(i)),
  };
}

const of = (...channels: Channel[]): Recording => ({ source: 'a.csv', channels });

const events = (...times: number[]) => times.map((time) => ({ time, event: 'tone', magnitude: 1 }));

const scaled = (channel: Channel, factor: number): Channel => ({
  ...channel,
  times: channel.times.map((time) => time * factor),
});

const shifted = (channel: Channel, by: number): Channel => ({
  ...channel,
  times: channel.times.map((time) => time + by),
});

describe('a recording and its events', () => {
  test('that belong together and are whole leave nothing to say', () => {
    expect(checkRecording(of(steady(100)), events(5, 50, 95))).toEqual([]);
    // A few events close to each other in a long recording.
    expect(checkRecording(of(steady(1000)), events(500, 500.5, 501))).toEqual([]);
  });

  test.each([
    ['events in milliseconds', of(steady(100)), events(5e3, 50e3, 95e3), 'Are the times of the events in milliseconds'],
    ['events in microseconds', of(steady(100)), events(5e6, 95e6), 'Are the times of the events in microseconds'],
    [
      'a recording in milliseconds',
      of(scaled(steady(100), 1000)),
      events(5, 50, 95),
      'The events run from 5 to 95 s, the recording from 0 to 100000 s. Are the times of the recording in milliseconds',
    ],
    [
      'other clocks',
      of(shifted(steady(100), 500)),
      events(5, 95),
      'no event lies within the recording. The events run from 5 to 95 s, the recording from 500 to 600 s',
    ],
    ['no events', of(steady(100)), [], 'There are no events'],
    ['no channels', of(), events(1), 'has no channels'],
    [
      'spikes of a neuron that never fired',
      of({ kind: 'spikes', name: 'u1', times: new Float64Array() }),
      events(1),
      "the channel 'u1' is empty",
    ],
    [
      'a long run of missing values',
      of(steady(100, (i) => (i >= 200 && i < 260 ? Number.NaN : i % 7))),
      events(5, 95),
      "'dff' has 60 missing values in a row from 20 s on, more than 5 % of its 1001",
    ],
  ])('%s', (_, recording, table, message) => {
    expect(() => checkRecording(recording, table)).toThrow(message);
  });

  test('a channel that is not there', () => {
    expect(() => checkRecording(of(steady(10)), events(5), { channels: ['df'] })).toThrow("Did you mean 'dff'?");
  });

  test('a long gap between samples, and a short one', () => {
    const without = (from: number, to: number): Channel => {
      const whole = steady(100) as Channel & { kind: 'signal' };
      const kept = (_: number, i: number) => i <= from || i >= to;
      return { ...whole, times: whole.times.filter(kept), values: whole.values.filter(kept) };
    };
    expect(() => checkRecording(of(without(400, 500)), events(5, 95))).toThrow(
      "'dff' has no samples for 10 s from 40 s on, more than 5 % of the recording",
    );
    expect(checkRecording(of(without(400, 410)), events(5, 95))).toEqual([
      "'dff' has 1 gap between samples, the longest with no samples for 1 s from 40 s on",
    ]);
    expect(checkRecording(of(without(400, 500)), events(5, 95), { longestMissing: 0.2 })).toHaveLength(1);
  });

  test('what is odd is told', () => {
    expect(checkRecording(of(steady(100)), events(5, 95, 101))).toEqual([
      '1 of 3 events lie outside the recording, 0 to 100 s',
    ]);
    expect(checkRecording(of(steady(100, (i) => (i === 3 || i === 4 || i === 9 ? Number.NaN : 2))), events(5))).toEqual(
      ["'dff' has 3 missing values, at most 2 in a row", "'dff' is 2 all the time"],
    );
    expect(checkRecording(of(scaled(steady(10), 20)), events(5, 95))).toEqual([
      "'dff' is sampled every 2 s: make sure its times are not in milliseconds",
    ]);
    const burst: Channel = { kind: 'spikes', name: 'u1', times: Float64Array.of(1, 1.0005, 2, 2.0005, 3) };
    expect(checkRecording(of(burst), events(2))).toEqual([
      "2 of 5 spikes of 'u1' follow another within 1 ms: more than one neuron, or noise",
    ]);
  });
});
