import { describe, expect, test } from '@jest/globals';
import { readEvents, readSignals, renameEvents } from '../../../../envs/conditioning/recordings/index.ts';

describe('signals of CSV', () => {
  test('a wide table has a channel a column, and NaN where a cell is empty', () => {
    const { channels } = readSignals('time,"dff, left",licks\n0,0.5,1\n0.1,,0\n0.25,-1e-2,NaN\n', 'a.csv');
    expect(channels).toEqual([
      {
        kind: 'signal',
        name: 'dff, left',
        times: Float64Array.of(0, 0.1, 0.25),
        values: Float64Array.of(0.5, Number.NaN, -0.01),
      },
      {
        kind: 'signal',
        name: 'licks',
        times: Float64Array.of(0, 0.1, 0.25),
        values: Float64Array.of(1, 0, Number.NaN),
      },
    ]);
  });

  test('in a long table channels may take turns', () => {
    const { channels } = readSignals('channel,time,value\na,1,10\nb,0.5,20\na,2,11\nb,0.75,21\n', 'a.csv');
    expect(channels.map(({ name, times }) => [name, ...times])).toEqual([
      ['a', 1, 2],
      ['b', 0.5, 0.75],
    ]);
    expect(channels.map((channel) => channel.kind === 'signal' && [...channel.values])).toEqual([
      [10, 11],
      [20, 21],
    ]);
  });

  test('a long table without values holds spikes, two of which may come at once', () => {
    const { channels } = readSignals('time,channel\n0.5,u1\n0.5,u1\n0.25,u2\n', 'a.csv');
    expect(channels).toEqual([
      { kind: 'spikes', name: 'u1', times: Float64Array.of(0.5, 0.5) },
      { kind: 'spikes', name: 'u2', times: Float64Array.of(0.25) },
    ]);
  });

  test.each([
    ['t,a\n0,1\n', "line 1: expected a column 'time', in seconds, but found t, a"],
    ['time_ms,a\n0,1\n', "Divide 'time_ms' by 1000"],
    ['time\n0\n', "expected a column for each channel beside 'time'"],
    ['time,a\n0,1\n0.1,x\n', "line 3, column a: expected a number, but found 'x'"],
    ['time,a\n0,1\n\n0.1,2\n', 'line 3: expected 2 cells'],
    ['time,a\n0,1\n0.2,1\n0.1,1\n', 'line 4: the time goes back from 0.2 to 0.1'],
    ['time,a\n0,1\n0.2,1\n0.2,1\n', 'line 4: the time 0.2 comes twice'],
    ['channel,time,value\na,1,1\nb,0,1\na,0.5,1\n', 'line 4: the time goes back from 1 to 0.5'],
    ['channel,time,volts\na,1,1\n', "Leave 'volts' out"],
    ['time,a,a\n0,1,2\n', "two columns are called 'a'"],
    ['time,a\n0,1\n1800000,1\n', 'would be 20.8 days. Are they in milliseconds?'],
    ['time,a\n', 'nothing below the header'],
  ])('%j is refused', (text, message) => {
    expect(() => readSignals(text, 'a.csv')).toThrow(message);
  });
});

describe('events of CSV', () => {
  test('the magnitude is 1 where none is told', () => {
    expect(readEvents('time,event,magnitude\n1,tone,\n2.5,reward,4\n', 'e.csv')).toEqual([
      { time: 1, event: 'tone', magnitude: 1 },
      { time: 2.5, event: 'reward', magnitude: 4 },
    ]);
    expect(readEvents('event,time\ntone,1\n', 'e.csv')).toEqual([{ time: 1, event: 'tone', magnitude: 1 }]);
  });

  test.each([
    ['time,name\n1,tone\n', 'expected the columns time, event and, if there are, magnitude, but found time, name'],
    ['time,event\n1,tone\n0.5,tone\n', 'line 3: the time goes back from 1 to 0.5'],
    ['time,event\n1,\n', 'line 2: the event has no name'],
    ['time,event,magnitude\n1,tone,big\n', "line 2, column magnitude: expected a number, but found 'big'"],
    ['time,event\n1000,tone\n2000000,tone\n', 'milliseconds'],
  ])('%j is refused', (text, message) => {
    expect(() => readEvents(text, 'e.csv')).toThrow(message);
  });

  test('they can be given the names that models know', () => {
    const events = readEvents('time,event,magnitude\n1,CS+,1\n2,solenoid,4\n', 'e.csv');
    expect(renameEvents(events, { solenoid: 'reward' })).toEqual([
      { time: 1, event: 'CS+', magnitude: 1 },
      { time: 2, event: 'reward', magnitude: 4 },
    ]);
    expect(() => renameEvents(events, { solenoit: 'reward' })).toThrow("Did you mean 'solenoid'?");
  });
});
