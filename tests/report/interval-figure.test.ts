import { expect, test } from '@jest/globals';
import { intervalFigure } from '../../src/report/interval-figure.ts';

const estimate = (mean: number, half: number) => ({ mean, low: mean - half, high: mean + half });
const draw = (...estimates: ReturnType<typeof estimate>[]) =>
  intervalFigure({
    ...{ title: 'Estimates', xLabel: 'estimate', yLabel: 'return' },
    ...{ categories: ['a', 'b', 'c', 'd'], estimates },
  });

test('every estimate is a dot, and what is not finite is left out', () => {
  const dots = (svg: string) => svg.match(/stroke="#0072b2"/g)?.length;
  expect(dots(draw(estimate(1, 1), estimate(2, 1), estimate(3, 1), estimate(2, 0.5)))).toBe(4);
  expect(dots(draw(estimate(1, 1), estimate(Number.NaN, 1), estimate(3, Infinity), estimate(2, 0.5)))).toBe(2);
});

test('an interval far longer than the others does not stretch the axis', () => {
  const usual = draw(estimate(1, 1), estimate(2, 1), estimate(3, 1), estimate(2, 1));
  const wild = draw(estimate(1, 1), estimate(2, 1), estimate(3, 1), estimate(2, 1000));
  expect(usual).toContain('>4</text>');
  expect(wild).toContain('>4</text>');
  expect(wild).not.toContain('>1,000</text>');
});

test('there may be nothing to show', () => {
  expect(intervalFigure({ title: 'None', xLabel: '', yLabel: '', categories: [], estimates: [] })).toContain('<svg');
});
