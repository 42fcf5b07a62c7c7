import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ProgressTable, spreadOf } from '../../src/report/progress.ts';
import { readProgress, trainingSections } from '../../src/report/training-report.ts';

describe('readProgress', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'progress-'));
    path = join(folder, 'progress.csv');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('columns of numbers, NaN for what is missing, no torn line', () => {
    writeFileSync(path, 'update,steps,signal/x\n1,100,\n2,200,-1e-7\r\n3,3');
    expect(readProgress(path)).toEqual({
      columns: ['update', 'steps', 'signal/x'],
      values: { update: [1, 2], steps: [100, 200], 'signal/x': [Number.NaN, -1e-7] },
    });
  });

  test.each([
    ['a,b\n1,2\n', 'to begin with a line of column names, "steps" among them, got "a,b"'],
    ['steps,a\n1,2\n1\n', 'expected 2 cells in line 3'],
    ['steps,a\n1,two\n', 'expected a number under "a" in line 2'],
  ])('%j is refused', (text, message) => {
    writeFileSync(path, text);
    expect(() => readProgress(path)).toThrow(message);
  });

  test('a missing file is named', () => {
    expect(() => readProgress(path)).toThrow(`cannot read ${path}`);
  });
});

describe('spreadOf', () => {
  test('worked by hand: runs meet on the steps of the densest, over what all cover', () => {
    const spread = spreadOf([
      { steps: [0, 10, 20, 30], values: [0, 10, 20, 30] },
      { steps: [5, 25], values: [3, 7] },
    ]);
    // At 5: 5 and 3. At 10: 10 and 3 + 4 * 5/20 = 4. At 20: 20 and 6. At 25: 25 and 7.
    expect(spread).toEqual({ steps: [5, 10, 20, 25], mean: [4, 7, 13, 16], low: [3, 4, 6, 7], high: [5, 10, 20, 25] });
  });

  test('a run without the quantity does not take part, runs that never meet give nothing', () => {
    const short = { steps: [1], values: [5] };
    expect(spreadOf([short, { steps: [], values: [] }])).toEqual({ steps: [1], mean: [5], low: [5], high: [5] });
    expect(spreadOf([short, { steps: [2, 3], values: [1, 1] }]).steps).toEqual([]);
    expect(spreadOf([]).steps).toEqual([]);
  });
});

describe('trainingSections', () => {
  const table = (values: Record<string, number[]>): ProgressTable => ({ columns: Object.keys(values), values });
  const titles = (figures: string[] = []): string[] =>
    figures.map((svg) => /aria-label="([^"]*)"/.exec(svg)?.[1] ?? 'none');
  const nothing = [Number.NaN, Number.NaN, Number.NaN];
  const run = table({
    steps: [100, 200, 300],
    stepsPerSecond: [5, 6, 7],
    returnMean: [1, 4, 2],
    returnLow: [0, 1, 1],
    returnHigh: [2, 5, 3],
    evaluationMean: [Number.NaN, 3, Number.NaN],
    evaluationStd: [Number.NaN, 1, Number.NaN],
    policyLoss: [0, 0.1, 0],
    clipFraction: nothing,
    learningRate: [3e-4, 3e-4, 3e-4],
    clipRange: [0.2, 0.15, 0.1],
    'signal/turnover': [1, 2, 3],
  });

  test('a figure for each quantity that was recorded, in its section', () => {
    const sections = trainingSections(run);
    expect(sections.map(({ title, figures }) => [title, titles(figures)])).toEqual([
      ['Learning', ['Episode return', 'Evaluation return']],
      ['Reward signals', ['turnover']],
      ['Optimisation', ['Policy loss', 'Clip range']],
      ['Speed', ['Speed']],
    ]);
    expect(sections[2].text).toBe('Constant throughout: learning rate 0.0003.');
  });

  test('the band is drawn and named where its columns are', () => {
    const [{ figures = [] }] = trainingSections(run);
    expect(figures[0]).toContain('band: 10th to 90th percentile');
    expect(figures[0]).toContain('fill-opacity="0.18"');
    const { returnLow: _low, returnHigh: _high, ...bare } = run.values;
    const [{ figures: plain = [] }] = trainingSections(table(bare));
    expect(plain[0]).not.toMatch(/band|fill-opacity/);
  });

  test('first, last and best return', () => {
    expect(trainingSections(run)[0].table?.rows).toEqual([
      ['Episode return', 1, 2, 4, 200],
      ['Evaluation return', 3, 3, 3, 200],
    ]);
  });

  test('several runs: their mean, their spread, and which they are', () => {
    const other = table({ ...run.values, returnMean: [3, 6, 4], learningRate: [1e-3, 1e-3, 1e-3] });
    const [learning, , optimisation] = trainingSections([run, other]);
    expect(learning.text).toContain('2 runs');
    expect(learning.figures?.[0]).toContain('mean, lowest and highest run');
    expect(learning.table?.rows.map(([name]) => name)).toContain('Episode return, run 2');
    // Not the same in all runs: drawn.
    expect(titles(optimisation.figures)).toContain('Learning rate');
  });

  test('nothing recorded, nothing shown', () => {
    expect(trainingSections(table({ steps: [1], returnMean: [Number.NaN] }))).toEqual([]);
    expect(trainingSections([])).toEqual([]);
  });
});
