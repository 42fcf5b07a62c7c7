import { describe, expect, test } from '@jest/globals';
import { clip, parseDecimal, quoteCell, readCsv } from '../../src/core/csv.ts';
import { UserError } from '../../src/core/errors.ts';

const read = (text: string) => readCsv(text, 'a.csv', 'numbers');

describe('the cells of a file', () => {
  test.each([
    ['any line ends', 'a,b\r\n1,2\r3,4\n', ['a,b', '1,2', '3,4']],
    ['a mark of the byte order', '\uFEFFa,b\n1,2', ['a,b', '1,2']],
    ['blanks around cells, and empty lines at the end', ' a , b\n1 ,2\n  \n\n', ['a,b', '1,2']],
    ['cells that are empty', ',\n1,\n,2', [',', '1,', ',2']],
  ])('%s', (_, text, lines) => {
    expect(read(text).map((cells) => cells.join(','))).toEqual(lines);
  });

  test('quotes hold commas and doubled quotes', () => {
    expect(read('"a,b", "say ""no""" ,c\n"",x,"1"')).toEqual([
      ['a,b', 'say "no"', 'c'],
      ['', 'x', '1'],
    ]);
    expect(read('x,""\n"1",')).toEqual([
      ['x', ''],
      ['1', ''],
    ]);
  });

  test('an empty line in the middle is a line with an empty cell, so that numbers of lines hold', () => {
    expect(read('a\n\nb')).toEqual([['a'], [''], ['b']]);
  });

  test.each([
    ['nothing but empty lines', '\n \n', /^a\.csv is empty\. Expected numbers\.$/],
    ['semicolons', 'a;b\n1;2', /line 1: .*found semicolons in 'a;b'/],
    ['tabs', 'a\tb', /found tabs/],
    ['quotes that do not match', 'a,b\n1,"2', /^a\.csv, line 2: the quotes in '1,"2' do not match\.$/],
    ['a quote within a word', 'a,5" pipe', /line 1: the quotes/],
  ])('%s are refused', (_, text, message) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(message);
  });
});

test.each([
  ['12', 12],
  ['-1.5e-3', -0.0015],
  ['+.5', 0.5],
  ['3.', 3],
])('%s is a number', (cell, value) => {
  expect(parseDecimal(cell)).toBe(value);
});

test.each(['', ' ', '1 000', '0x10', 'Infinity', '1,5', '.', 'e5', '1e', '--1', 'NaN'])("'%s' is none", (cell) => {
  expect(parseDecimal(cell)).toBeNaN();
});

test('messages show the beginning of a text, and say where there is none', () => {
  expect(clip('x'.repeat(40))).toBe('x'.repeat(40));
  expect(clip('x'.repeat(41))).toBe(`${'x'.repeat(40)}...`);
  expect([quoteCell(''), quoteCell('a')]).toEqual(['nothing', "'a'"]);
});
