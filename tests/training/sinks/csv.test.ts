import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openCsvSink } from '../../../src/training/sinks/csv.ts';

const columns = ['update', 'steps', 'returnMean', 'signal/turnover'];
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'csv-'));
  path = join(folder, 'progress.csv');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('openCsvSink', () => {
  test('columns in the given order, shortest round trip, empty cells for what is not known', () => {
    const sink = openCsvSink(path, { columns });
    sink.write({ steps: 2048, update: 1, returnMean: Number.NaN, 'signal/turnover': 0.1 + 0.2 }, 2048);
    sink.write({ update: 2, steps: 4096, returnMean: -1e-7, 'signal/turnover': -0 }, 4096);
    sink.write({ update: 3, steps: 1e21, returnMean: Number.NEGATIVE_INFINITY }, 1e21);
    sink.close();
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      'update,steps,returnMean,signal/turnover',
      '1,2048,,0.30000000000000004',
      '2,4096,-1e-7,-0',
      '3,1e+21,-Infinity,',
      '',
    ]);
  });

  test('a row with an unknown column is refused whole', () => {
    const sink = openCsvSink(path, { columns });
    expect(() => sink.write({ update: 1, novelty: 2 }, 1)).toThrow('has no column "novelty"');
    sink.close();
    expect(readFileSync(path, 'utf8')).toBe('update,steps,returnMean,signal/turnover\n');
  });

  test('a column name that would need quoting is refused', () => {
    expect(() => openCsvSink(path, { columns: ['a,b'] })).toThrow('without commas, quotes and line breaks, got "a,b"');
  });

  test('a resumed file has the bytes of one never interrupted', () => {
    const row = (update: number) => ({ update, steps: update * 10, returnMean: Math.sqrt(update) });
    const whole = openCsvSink(join(folder, 'whole.csv'), { columns });
    for (let update = 1; update <= 6; update++) whole.write(row(update), update * 10);
    whole.close();

    const first = openCsvSink(path, { columns });
    for (let update = 1; update <= 3; update++) first.write(row(update), update * 10);
    const resumeAt = first.position();
    first.write(row(4), 40);
    first.close();
    appendFileSync(path, '5,5');

    const second = openCsvSink(path, { columns, resumeAt });
    for (let update = 4; update <= 6; update++) second.write(row(update), update * 10);
    second.close();
    expect(readFileSync(path, 'utf8')).toBe(readFileSync(join(folder, 'whole.csv'), 'utf8'));
  });

  test('a file shorter than the checkpoint says is not resumed', () => {
    const sink = openCsvSink(path, { columns });
    const position = sink.position();
    sink.close();
    expect(() => openCsvSink(path, { columns, resumeAt: position + 1 })).toThrow(
      `expected at least ${position + 1} bytes as the checkpoint recorded, found ${position}`,
    );
    expect(() => openCsvSink(join(folder, 'gone.csv'), { columns, resumeAt: 0 })).toThrow('(ENOENT)');
  });

  test('rows can be read while the file is open', () => {
    const sink = openCsvSink(path, { columns });
    sink.write({ update: 1 }, 1);
    expect(readFileSync(path, 'utf8')).toMatch(/\n1,,,\n$/);
    sink.close();
  });
});
