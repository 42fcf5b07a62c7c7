import { expect, test } from '@jest/globals';
import { alignColumns, formatDuration, formatNumber, formatTable } from '../../cli/output.ts';

test.each([
  [0, '0'],
  [12345, '12,345'],
  [-1234567.8, '-1,234,568'],
  [Math.PI, '3.142'],
  [0.000312345, '0.0003123'],
  [-0.5, '-0.5'],
  [Number.NaN, '-'],
])('the number %d reads %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [0.04, '0.0 s'],
  [9.94, '9.9 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
  [Number.POSITIVE_INFINITY, '-'],
])('%d seconds read %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('columns stand below each other, without trailing blanks', () => {
  const rows = [
    ['a', 'bb', 'c'],
    ['aaa', 'b', ''],
  ];
  expect(alignColumns(rows)).toEqual(['a    bb  c', 'aaa  b']);
  expect(alignColumns(rows, [false, true])).toEqual(['a    bb  c', 'aaa   b']);
});

test('a table has its figures to the right and its caption below', () => {
  const table = {
    columns: ['Strategy', 'Sharpe', 'Days'],
    rows: [
      ['Policy', 0.9, 2012],
      ['Equal weight', '-1.250', 2012],
    ],
    caption: 'After cost.',
  };
  expect(formatTable(table).split('\n')).toEqual([
    'Strategy      Sharpe   Days',
    'Policy           0.9  2,012',
    'Equal weight  -1.250  2,012',
    'After cost.',
  ]);
});
