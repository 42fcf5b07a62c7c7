import { describe, expect, test } from '@jest/globals';
import { type Axis, logAxis, nameAxis, roundAxis, tightAxis, timeAxis } from '../../src/report/ticks.ts';

const labels = ({ ticks }: Axis): string[] => ticks.map(({ label }) => label);

describe('roundAxis', () => {
  test('ends at ticks, with no more decimals than the ticks need', () => {
    const axis = roundAxis(-0.13, 0.42, 3);
    expect(labels(axis)).toEqual(['\u22120.2', '0', '0.2', '0.4', '0.6']);
    expect([axis.min, axis.max]).toEqual([-0.2, expect.closeTo(0.6)]);
  });

  test('rounding errors do not add a tick', () => {
    expect(roundAxis(0, 100.00000001, 5).max).toBe(100);
    expect(roundAxis(0, 0.1 + 0.2, 3).max).toBeCloseTo(0.3);
  });

  test('a constant and nothing at all have room around them', () => {
    expect(roundAxis(3, 3, 4)).toMatchObject({ min: 2.6, max: expect.closeTo(3.4) });
    expect(roundAxis(0, 0, 4)).toMatchObject({ min: -1, max: 1 });
    expect(roundAxis(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5)).toMatchObject({ min: 0, max: 1 });
  });
});

describe('tightAxis', () => {
  test('ends with the data', () => {
    const axis = tightAxis(2048, 409_600, 5);
    expect([axis.min, axis.max]).toEqual([2048, 409_600]);
    expect(labels(axis)).toEqual(['100k', '200k', '300k', '400k']);
    expect(axis.ticks[1].value).toBe(200_000);
  });

  test.each([
    [0, 9000, ['0', '2000', '4000', '6000', '8000']],
    [0, 20_000, ['0', '5k', '10k', '15k', '20k']],
    [0, 2e6, ['0', '0.5M', '1.0M', '1.5M', '2.0M']],
    [-3e9, 0, ['\u22123G', '\u22122G', '\u22121G', '0']],
    [0, 3e-5, ['0', '1e\u22125', '2e\u22125', '3e\u22125']],
    [1e16, 3e16, ['1e16', '1.5e16', '2e16', '2.5e16', '3e16']],
  ])('from %d to %d', (min, max, expected) => {
    expect(labels(tightAxis(min, max, 4))).toEqual(expected);
  });
});

test('numbers that differ by rounding only count as one', () => {
  expect(roundAxis(200, 200.00000000000014, 4)).toEqual(roundAxis(200, 200, 4));
});

describe('logAxis', () => {
  test('few decades: 1-2-5, placed by their logarithm', () => {
    const axis = logAxis(0.8, 30, 5);
    expect(labels(axis)).toEqual(['1', '2', '5', '10', '20']);
    expect(axis.ticks.map(({ value }) => 10 ** value)).toEqual([1, 2, 5, 10, 20].map((value) => expect.closeTo(value)));
  });

  test('within a decade: even numbers', () => {
    expect(labels(logAxis(1, 1.4, 4))).toEqual(['1.0', '1.1', '1.2', '1.3', '1.4']);
  });

  test('many decades: powers of ten, every other where they crowd', () => {
    expect(labels(logAxis(1e-3, 1e3, 4))).toEqual(['0.01', '1', '100']);
    expect(labels(logAxis(1e-9, 1e-7, 5))).toContain('1e\u22128');
  });
});

describe('timeAxis', () => {
  const day = (text: string): number => Date.parse(text);

  test.each([
    ['2015-01-02', '2024-12-31', ['2016', '2018', '2020', '2022', '2024']],
    ['2020-01-01', '2021-01-01', ['Jan 2020', 'Mar 2020', 'May 2020', 'Jul 2020', 'Sep 2020', 'Nov 2020', 'Jan 2021']],
    ['2020-02-27', '2020-03-05', ['28 Feb 2020', '1 Mar 2020', '3 Mar 2020', '5 Mar 2020']],
    ['2020-01-01T09:00Z', '2020-01-01T17:30Z', ['09:00', '12:00', '15:00']],
  ])('from %s to %s', (from, to, expected) => {
    expect(labels(timeAxis(day(from), day(to), 5))).toEqual(expected);
  });

  test('ticks stand where the calendar turns', () => {
    const { ticks } = timeAxis(day('2019-05-05'), day('2022-05-05'), 4);
    expect(ticks.map(({ value }) => new Date(value).toISOString().slice(0, 10))).toEqual([
      '2020-01-01',
      '2021-01-01',
      '2022-01-01',
    ]);
  });
});

test('nameAxis thins names for which there is no room', () => {
  expect(labels(nameAxis(['a', 'b', 'c', 'd', 'e'], 3))).toEqual(['a', 'c', 'e']);
  expect(nameAxis(['a'], 3)).toEqual({ min: -1, max: 1, ticks: [{ value: 0, label: 'a' }] });
});
