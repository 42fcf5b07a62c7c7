import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadPrices } from '../../../envs/portfolio/prices.ts';
import { UserError } from '../../../src/core/errors.ts';
import { priceFolder } from './price-files.ts';

const folder = priceFolder();
afterAll(() => folder.remove());

const good = 'Date,AAA,BBB\n2020-01-02,1.5,20\n2020-01-03,1.75,2.1e1\n';
const expected = {
  dates: ['2020-01-02', '2020-01-03'],
  assets: ['AAA', 'BBB'],
  prices: Float64Array.of(1.5, 20, 1.75, 21),
};

describe('a price table is read', () => {
  test.each([
    ['plain', good],
    ['with a byte order mark and Windows line ends', `\uFEFF${good.replaceAll('\n', '\r\n')}`],
    ['without a last line end', good.trimEnd()],
    ['with empty lines at the end', `${good}\n  \n`],
    ['with quotes and spaces', 'Date, "AAA" ,"BBB"\n"2020-01-02","1.5", 20\n2020-01-03,1.75,"21"\n'],
  ])('%s', (_, text) => {
    expect(loadPrices(folder.write(text))).toEqual(expected);
  });

  test('with commas and quotes in a name', () => {
    const prices = loadPrices(folder.write(good.replace('AAA', '"Alpha, ""A"" shares"')));
    expect(prices.assets).toEqual(['Alpha, "A" shares', 'BBB']);
  });

  test('compressed', () => {
    expect(loadPrices(folder.write(gzipSync(good), '.csv.gz'))).toEqual(expected);
  });

  test('once, however often it is asked for', () => {
    const path = folder.write(good);
    expect(loadPrices(path)).toBe(loadPrices(path));
  });

  test('the shipped one: 20 stocks on 8313 days', () => {
    const { dates, assets, prices } = loadPrices();
    expect([dates.length, dates[0], dates[8312]]).toEqual([8313, '1990-01-02', '2022-12-28']);
    expect(assets.join(' ')).toBe('AAPL AMD BAC BBY CVX GE HD JNJ JPM KO LLY MRK MSFT PEP PFE PG RRC UNH WMT XOM');
    expect(prices).toHaveLength(8313 * 20);
    expect([prices[0], prices[prices.length - 1]]).toEqual([0.264, 106.627]);
  });
});

describe('a table that is not right is refused, with the place', () => {
  const row = (cells: string) => `Date,AAA,BBB\n2020-01-02,1,2\n${cells}\n`;
  test.each([
    ['gap', row('2020-01-03,,2'), 'line 3, column AAA: the price is missing'],
    ['blanks', row('2020-01-03,1,  '), 'line 3, column BBB: the price is missing'],
    ['zero', row('2020-01-03,0,2'), "line 3, column AAA: expected a positive price, but found '0'"],
    ['negative', row('2020-01-03,1,-2'), "line 3, column BBB: expected a positive price, but found '-2'"],
    ['text', row('2020-01-03,1,n/a'), "line 3, column BBB: expected a positive price, but found 'n/a'"],
    ['NaN', row('2020-01-03,NaN,1'), "line 3, column AAA: expected a positive price, but found 'NaN'"],
    ['infinity', row('2020-01-03,1e999,1'), "line 3, column AAA: expected a positive price, but found '1e999'"],
    ['hexadecimal', row('2020-01-03,0x10,1'), "line 3, column AAA: expected a positive price, but found '0x10'"],
    ['unsorted', row('2020-01-01,1,2'), 'line 3, date column: 2020-01-01 comes after 2020-01-02'],
    ['same day twice', row('2020-01-02,1,2'), 'line 3, date column: 2020-01-02 stands twice'],
    [
      'a day that does not exist',
      row('2021-02-30,1,2'),
      "line 3, date column: expected a day as YYYY-MM-DD, but found '2021-02-30'",
    ],
    [
      'another date form',
      row('3/1/2020,1,2'),
      "line 3, date column: expected a day as YYYY-MM-DD, but found '3/1/2020'",
    ],
    ['no date', row(',1,2'), 'line 3, date column: expected a day as YYYY-MM-DD, but found nothing'],
    ['too few cells', row('2020-01-03,1'), 'line 3: expected 3 cells'],
    [
      'too many cells',
      row('2020-01-03,1,2,3'),
      'line 3: expected 3 cells (a date and 2 prices) as in the header, but there are 4',
    ],
    ['an empty line within', row('\n2020-01-03,1,2'), 'line 3: expected 3 cells'],
    ['open quotes', row('2020-01-03,"1,2'), 'line 3: the quotes'],
    ['one asset', 'Date,AAA\n2020-01-02,1\n', 'line 1: expected a date column and at least two assets'],
    ['semicolons', 'Date;AAA;BBB\n2020-01-02;1;2\n', 'separated by commas'],
    ['a name twice', 'Date,AAA,AAA\n2020-01-02,1,2\n', "line 1: the column 'AAA' stands twice"],
    ['no name', 'Date,AAA,\n2020-01-02,1,2\n', 'line 1, column 3: the asset has no name'],
    ['nothing', '', 'is empty'],
    ['blank lines only', '\n\n', 'is empty'],
  ])('%s', (_, text, message) => {
    const path = folder.write(text);
    expect(() => loadPrices(path)).toThrow(UserError);
    expect(() => loadPrices(path)).toThrow(message);
    expect(() => loadPrices(path)).toThrow(path);
  });

  test('a file that is not there, of another kind, or not what its name says', () => {
    expect(() => loadPrices(folder.path('none.csv'))).toThrow(/There is no price file .*none\.csv/);
    expect(() => loadPrices('prices.xlsx')).toThrow(/Expected prices as \.csv or \.csv\.gz/);
    expect(() => loadPrices(folder.write('Date,A,B', '.csv.gz'))).toThrow(/Cannot read the price file/);
  });
});
