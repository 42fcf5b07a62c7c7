import { describe, expect, test } from '@jest/globals';
import { heatmapFigure } from '../../src/report/heatmap.ts';

const ABOVE = '#0072b2';
const BELOW = '#cc79a7';

const draw = (rows: readonly ArrayLike<number>[]) =>
  heatmapFigure({ title: 'Errors', xLabel: 'time', yLabel: 'trial', xRange: [-1, 2], yRange: [0, 2], rows });

/** Cells in the order drawn; those of the legend stand elsewhere, and have rounded corners. */
function cells(svg: string) {
  const pattern =
    /<path d="M([\d.]+) ([\d.]+)l([\d.]+) 0l0 ([\d.]+)l-[\d.]+ 0Z" fill="(#[0-9a-f]{6})"(?: fill-opacity="([\d.]+)")?>/g;
  return [...svg.matchAll(pattern)]
    .map(([, x, y, width, height, color, opacity]) => ({
      ...{ x: Number(x), y: Number(y), width: Number(width), height: Number(height) },
      ...{ color, opacity: Number(opacity ?? 1) },
    }))
    .filter(({ color }) => color === ABOVE || color === BELOW);
}

/** y of the tick that is labelled so. */
function tick(svg: string, label: string): number {
  return Number(new RegExp(`text-anchor="end"[^>]*translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${label}<`).exec(svg)?.[1]);
}

describe('heatmapFigure', () => {
  const svg = draw([
    [2, -1, Number.NaN],
    [0, 0.015, 0.5],
  ]);

  test('one cell for each number that can be seen, coloured by its sign, as strong as it is large', () => {
    expect(cells(svg).map(({ color, opacity }) => [color, opacity])).toEqual([
      [ABOVE, 1],
      [BELOW, 0.5],
      [ABOVE, 0.25],
    ]);
  });

  test('the first row is at the top, the first column on the left, and cells meet', () => {
    const [first, second, last] = cells(svg);
    expect(second.y).toBe(first.y);
    expect(second.x).toBeCloseTo(first.x + first.width, 0);
    expect(last.y).toBeCloseTo(first.y + first.height, 0);
    expect(last.x).toBeCloseTo(first.x + 2 * first.width, 0);
    // Rows are one trial high: from tick to tick, which count downwards.
    expect(first.y).toBeCloseTo(tick(svg, '0'), 0);
    expect(last.y).toBeCloseTo(tick(svg, '1.0'), 0);
    expect(last.y + last.height).toBeCloseTo(tick(svg, '2.0'), 0);
  });

  test('numbers can rise upwards as well', () => {
    const range = { xRange: [0, 1], yRange: [2, -2] } as const;
    const rising = heatmapFigure({ title: 'Map', xLabel: 'x', yLabel: 'y', ...range, rows: [[1], [-1]] });
    const [top, bottom] = cells(rising);
    expect([top.color, bottom.color]).toEqual([ABOVE, BELOW]);
    expect(top.y).toBeCloseTo(tick(rising, '2'), 0);
    expect(bottom.y).toBeCloseTo(tick(rising, '0'), 0);
    expect(bottom.y + bottom.height).toBeCloseTo(tick(rising, '\u22122'), 0);
  });

  test('upside down and with its signs changed, it is the same picture turned over', () => {
    const rows = [
      [1, -0.5],
      [0.25, -1],
    ];
    const one = cells(draw(rows));
    const other = cells(draw([rows[1], rows[0]].map((row) => row.map((value) => -value))));
    expect(one).toHaveLength(4);
    const turned = [other[2], other[3], other[0], other[1]].map(({ color, opacity }) => [
      color === ABOVE ? BELOW : ABOVE,
      opacity,
    ]);
    expect(one.map(({ color, opacity }) => [color, opacity])).toEqual(turned);
    expect(one.map(({ x, y }) => [x, y])).toEqual(other.map(({ x, y }) => [x, y]));
  });

  test('the same rows give the same bytes, others do not', () => {
    const again = draw([
      [2, -1, Number.NaN],
      [0, 0.015, 0.5],
    ]);
    expect(again).toBe(svg);
    expect(draw([[2, -1, 1]])).not.toBe(svg);
  });

  test('every tag that opens is closed, and there is no style sheet or script', () => {
    const open: string[] = [];
    for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!self) open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/<style|<script|class=|zr\d/);
    expect(svg).toContain('from -2 to 2');
    expect(draw([[0, 0, 0]])).toContain('0 everywhere');
  });

  test.each([
    ['only zeros', [[0, 0]]],
    ['nothing known', [[Number.NaN, Number.NaN]]],
    ['no rows', []],
  ])('%s leave it white', (_, rows) => {
    expect(cells(draw(rows))).toEqual([]);
  });
});
