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
    expect(loadPrices(folder.write(text))).toMatchObject(expected);
  });

  test('with commas and quotes in a name', () => {
    const prices = loadPrices(folder.write(good.replace('AAA', '"Alpha, ""A"" shares"')));
    expect(prices.assets).toEqual(['Alpha, "A" shares', 'BBB']);
  });

  test('compressed', () => {
    expect(loadPrices(folder.write(gzipSync(good), '.csv.gz'))).toMatchObject(expected);
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
    ['semicolons', 'Date;AAA;BBB\n2020-01-02;1,5;2\n', 'separated by commas, but found semicolons'],
    ['a split', row('2020-01-03,10,2'), 'AAA goes from 1 to 10 on 2020-01-03'],
    ['a name twice', 'Date,AAA,AAA\n2020-01-02,1,2\n', "line 1: the column 'AAA' stands twice"],
    ['no name', 'Date,AAA,\n2020-01-02,1,2\n', 'line 1, column 3: the asset has no name'],
    ['one asset’s open to volume', 'Date,Open,High,Low,Close,Volume\n2020-01-02,1,2,1,2,9\n', "column 'symbol'"],
    ['a header alone', 'Date,AAA,BBB\n', 'has a header and no prices'],
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

describe('a long table', () => {
  const long = [
    'Symbol,Date,Open,High,Low,Close,Volume',
    'BBB,2020-01-02,20,22,19,21,500',
    'AAA,2020-01-03,1.5,1.8,1.4,1.75,1000',
    'AAA,2020-01-02,1.4,1.6,1.3,1.5,900',
    'BBB,2020-01-03,21,23,20,22,',
  ];

  test('is one line for each asset and day, in any order', () => {
    const { dates, assets, prices, open, high, low, volumes } = loadPrices(folder.write(long.join('\n')));
    expect(dates).toEqual(['2020-01-02', '2020-01-03']);
    expect(assets).toEqual(['BBB', 'AAA']);
    expect(prices).toEqual(Float64Array.of(21, 1.5, 22, 1.75));
    expect(open).toEqual(Float64Array.of(20, 1.4, 21, 1.5));
    expect(high).toEqual(Float64Array.of(22, 1.6, 23, 1.8));
    expect(low).toEqual(Float64Array.of(19, 1.3, 20, 1.4));
    expect(volumes).toEqual(Float64Array.of(500, 900, 0, 1000));
  });

  test('adjusted closes take the place of closes, and adjust the day', () => {
    const { prices, high } = loadPrices(
      folder.write(
        'date,ticker,high,close,Adj Close\n2020-01-02,A,12,10,5\n2020-01-02,B,2,2,2\n2020-01-03,A,6,5.5,5.5\n2020-01-03,B,3,2,2\n',
      ),
    );
    expect(prices).toEqual(Float64Array.of(5, 2, 5.5, 2));
    expect(high).toEqual(Float64Array.of(6, 2, 6, 3));
  });

  test.each([
    ['a day twice', [...long, 'AAA,2020-01-03,1,1,1,1,1'], 'line 6: AAA on 2020-01-03 stands in line 3 already'],
    ['a gap', long.slice(0, 4), 'BBB on 2020-01-03: the price is missing'],
    ['a high below the low', [...long, 'AAA,2020-01-04,1,1,2,1,1'], 'line 6: the high, 1, is below the low, 2'],
    ['one symbol', [long[0], long[1]], 'at least two symbols'],
    ['no symbol', [...long, ',2020-01-04,1,1,1,1,1'], 'line 6: the symbol is missing'],
    ['no date', ['symbol,close', 'A,1'], "expected a column 'date'"],
    ['two closes', ['date,symbol,close,Close', '2020-01-02,A,1,1'], 'two columns are taken for the close'],
    ['negative volume', [...long, 'AAA,2020-01-04,1,1,1,1,-1'], 'line 6, column volume: expected a number of pieces'],
  ])('refuses %s', (_, lines, message) => {
    expect(() => loadPrices(folder.write(lines.join('\n')))).toThrow(message);
  });
});

describe('gaps', () => {
  const gaps = folder.write('Date,A,B\n2020-01-01,,5\n2020-01-02,1,5\n2020-01-03,,6\n2020-01-04,,\n2020-01-05,2,7\n');

  test('are refused unless told otherwise, with what there is to choose from', () => {
    expect(() => loadPrices(gaps)).toThrow(
      /line 2, column A: the price is missing, and 3 more are\..*missing: 'intersect'.*missing: 'ffill'/,
    );
  });

  test('intersect keeps the days on which all have prices', () => {
    const { dates, prices, notes } = loadPrices(gaps, { missing: 'intersect' });
    expect(dates).toEqual(['2020-01-02', '2020-01-05']);
    expect(prices).toEqual(Float64Array.of(1, 5, 2, 7));
    expect(notes).toEqual(['3 of 5 days left out for gaps']);
  });

  test('ffill carries the last price on, from the first day on which all have one', () => {
    const { dates, prices, notes } = loadPrices(gaps, { missing: 'ffill' });
    expect(dates).toEqual(['2020-01-02', '2020-01-03', '2020-01-04', '2020-01-05']);
    expect(prices).toEqual(Float64Array.of(1, 5, 1, 6, 1, 6, 2, 7));
    expect(notes).toEqual([
      '1 day before 2020-01-02 left out, on which not all assets have prices yet',
      '3 of 8 prices carried on from the day before',
    ]);
    expect(() => loadPrices(gaps, { missing: 'ffill', fillLimit: 1 })).toThrow(
      'A has no price for more than 1 day in a row, up to 2020-01-04',
    );
  });

  test('on a day that was filled nothing moves and nobody trades', () => {
    const { high, low, volumes, prices } = loadPrices(
      folder.write(
        'date,symbol,high,low,close,volume\n2020-01-02,A,3,1,2,10\n2020-01-02,B,3,1,2,10\n2020-01-03,B,4,2,3,20\n',
      ),
      { missing: 'ffill' },
    );
    expect(prices).toEqual(Float64Array.of(2, 2, 2, 3));
    expect([high![2], low![2], volumes![2]]).toEqual([2, 2, 0]);
  });

  test('a true jump can be allowed', () => {
    const jump = folder.write('Date,A,B\n2020-01-02,1,5\n2020-01-03,11,5\n');
    expect(loadPrices(jump, { allowJumps: true }).prices[2]).toBe(11);
  });
});

test('the hash of a file is that of its bytes', () => {
  // printf 'Date,A,B\n2020-01-02,1,2\n' | sha256sum
  const { dataHash } = loadPrices(folder.write('Date,A,B\n2020-01-02,1,2\n'));
  expect(dataHash).toBe('6a1b7edb2350181dc8aef13d2c4040fa37c9ab84b08a9547ac4fbd8ef6156604');
});
