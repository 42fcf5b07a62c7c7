import { describe, expect, test } from '@jest/globals';
import { barFigure, lineFigure, stackedAreaFigure } from '../../src/report/figures.ts';

const labelled = { xLabel: 'steps', yLabel: 'return' };

/** Numbers of all paths drawn with this attribute, one list for each path. */
function paths(svg: string, attribute: string): { moves: number; points: [number, number][] }[] {
  const found = svg.split('\n').filter((tag) => /^<(path|polygon)/.test(tag) && tag.includes(attribute));
  return found.map((tag) => {
    const d = / (?:d|points)="([^"]*)"/.exec(tag)?.[1] ?? '';
    const numbers = (d.match(/-?[\d.]+/g) ?? []).map(Number);
    const points = Array.from({ length: numbers.length / 2 }, (_, i): [number, number] => [
      numbers[2 * i],
      numbers[2 * i + 1],
    ]);
    return { moves: d.split('M').length - 1, points };
  });
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);
}

const BLUE = 'stroke="#0072b2"';

describe('lineFigure', () => {
  test('the same data give the same bytes, other data other ids', () => {
    const draw = (last: number) =>
      lineFigure({ ...labelled, title: 'a', x: [0, 1, 2], series: [{ name: 's', values: [1, 2, last] }] });
    const first = draw(3);
    expect(draw(3)).toBe(first);
    const ids = (svg: string) => [...svg.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(ids(first).length).toBeGreaterThan(0);
    expect(ids(draw(4)).filter((id) => ids(first).includes(id))).toEqual([]);
    for (const [, target] of first.matchAll(/url\(#([^)]*)\)/g)) expect(ids(first)).toContain(target);
  });

  test('nothing but drawing: no style sheet, no script, no class, no reference to elsewhere', () => {
    const svg = lineFigure({ ...labelled, title: 'a', x: [0, 1], series: [{ name: 's', values: [1, 2] }] });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 480 300" width="480" height="300" /);
    expect(svg).not.toMatch(/<style|<script|class=|href|zr\d|ecmeta|CDATA/);
  });

  test('words are escaped, a dollar sign included', () => {
    const title = `<b> & "quotes" $& $1 class="zr0-cls-1"`;
    const svg = lineFigure({ ...labelled, title, x: [0, 1], series: [{ name: 's', values: [1, 2] }] });
    expect(svg).toContain('aria-label="&lt;b&gt; &amp; &quot;quotes&quot; $&amp; $1 class=&quot;zr0-cls-1&quot;"');
    expect(texts(svg)).toContain('&lt;b&gt; &amp; &quot;quotes&quot; $&amp; $1 class=&quot;zr0-cls-1&quot;');
  });

  test('a title too long for the figure is cut in the picture alone', () => {
    const title = 'a very long title '.repeat(9);
    const svg = lineFigure({ ...labelled, title, x: [0, 1], series: [{ name: 's', values: [1, 2] }] });
    expect(svg).toContain(`aria-label="${title}"`);
    expect(texts(svg).find((text) => text.startsWith('a very'))).toMatch(/^[^\u2026]{40,70}\u2026$/);
  });

  test('equal steps in the data are equal distances in the picture', () => {
    const values = Array.from({ length: 30 }, (_, i) => i);
    const svg = lineFigure({ ...labelled, title: 'a', x: values, series: [{ name: 's', values }] });
    const [{ points, moves }] = paths(svg, BLUE);
    expect([points.length, moves]).toEqual([30, 1]);
    const [dx, dy] = [(points[29][0] - points[0][0]) / 29, (points[29][1] - points[0][1]) / 29];
    expect(dx).toBeGreaterThan(0);
    expect(dy).toBeLessThan(0);
    points.forEach(([x, y], i) => {
      expect(Math.abs(x - (points[0][0] + i * dx))).toBeLessThan(0.3);
      expect(Math.abs(y - (points[0][1] + i * dy))).toBeLessThan(0.3);
    });
  });

  test('what another line is to lie on is broad and pale, and below it', () => {
    const values = [1, 2, 4];
    const series = [
      { name: 'measured', values },
      { name: 'formula', values, expected: true },
    ];
    const svg = lineFigure({ ...labelled, title: 'a', x: [0, 1, 2], series });
    const [formula, measured] = svg.split('\n').filter((tag) => /^<path.*stroke-width="(7|1.8)"/.test(tag));
    expect(formula).toMatch(/stroke="#d55e00".*stroke-width="7".*stroke-opacity="0.35"/);
    expect(measured).toMatch(/stroke="#0072b2".*stroke-width="1.8"/);
  });

  test('a logarithmic axis makes growth at a constant rate a straight line', () => {
    const x = Array.from({ length: 30 }, (_, i) => i);
    const svg = lineFigure({
      ...labelled,
      title: 'a',
      x,
      logY: true,
      series: [{ name: 's', values: x.map((t) => 2 ** t) }],
    });
    const [{ points }] = paths(svg, BLUE);
    const dy = (points[29][1] - points[0][1]) / 29;
    points.forEach(([, y], i) => {
      expect(Math.abs(y - (points[0][1] + i * dy))).toBeLessThan(0.3);
    });
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '100', '10k', '1M', '100M']));
  });

  test('missing values are gaps, a lone value is a dot', () => {
    const values = Array.from({ length: 40 }, (_, i) => (i === 10 || i === 12 ? Number.NaN : i));
    const svg = lineFigure({ ...labelled, title: 'a', x: values.map((_, i) => i), series: [{ name: 's', values }] });
    const [{ moves, points }] = paths(svg, BLUE);
    expect([moves, points.length]).toEqual([3, 38]);
    expect(svg.match(/<path[^>]*fill="#0072b2"/g)).toHaveLength(1);
  });

  test('the spread is an area from low to high around the line, with the same gaps', () => {
    const x = [0, 1, 2, 3, 4];
    const values = [2, 3, Number.NaN, 4, 5];
    const [low, high] = [-1, 1].map((shift) => values.map((value) => value + shift));
    const svg = lineFigure({ ...labelled, title: 'a', x, series: [{ name: 's', values, low, high }] });
    const areas = paths(svg, 'fill-opacity="0.18"');
    expect(areas.map(({ points }) => points.length)).toEqual([4, 4]);
    const [upperLeft, upperRight, lowerRight, lowerLeft] = areas[0].points;
    const [[x0, y0], [x1, y1]] = paths(svg, BLUE)[0].points;
    expect([upperLeft[0], lowerLeft[0], upperRight[0], lowerRight[0]]).toEqual(
      [x0, x0, x1, x1].map((place) => expect.closeTo(place, 0)),
    );
    expect((upperLeft[1] + lowerLeft[1]) / 2).toBeCloseTo(y0, 0);
    expect((upperRight[1] + lowerRight[1]) / 2).toBeCloseTo(y1, 0);
    expect(lowerLeft[1]).toBeGreaterThan(upperLeft[1]);
  });

  test('a long curve is thinned, its extremes are not', () => {
    const values = Array.from({ length: 50_000 }, (_, i) => (i === 31_415 ? 9 : Math.sin(i)));
    const svg = lineFigure({ ...labelled, title: 'a', x: values.map((_, i) => i), series: [{ name: 's', values }] });
    expect(svg.length).toBeLessThan(60_000);
    const { points } = paths(svg, BLUE)[0];
    const heights = points.map(([, y]) => y).sort((a, b) => a - b);
    expect(heights[1] - heights[0]).toBeGreaterThan(100);
  });

  test('nothing to draw still gives an empty figure', () => {
    const empty = [Number.NaN, Number.POSITIVE_INFINITY];
    for (const logY of [false, true]) {
      const svg = lineFigure({ ...labelled, title: 'a', x: [0, 1], logY, series: [{ name: 's', values: empty }] });
      expect(paths(svg, BLUE).flatMap(({ points }) => points)).toEqual([]);
      expect(lineFigure({ ...labelled, title: 'a', x: [], xType: 'time', logY, series: [] })).toContain('</svg>');
    }
  });

  test('a date that is none is refused', () => {
    const series = [{ name: 's', values: [1] }];
    expect(() => lineFigure({ ...labelled, title: 'a', x: ['soon'], xType: 'time', series })).toThrow('got "soon"');
  });
});

describe('stackedAreaFigure', () => {
  const names = Array.from({ length: 21 }, (_, i) => `asset ${i}`);
  const x = Array.from({ length: 60 }, (_, i) => new Date(Date.UTC(2020, i)).toISOString().slice(0, 10));

  test('21 layers of one colour each fill the plot without holes', () => {
    const series = names.map((name) => ({ name, values: x.map(() => 100 / 21) }));
    const svg = stackedAreaFigure({ ...labelled, title: 'a', x, series });
    const layers = paths(svg, 'stroke="#ffffff"');
    expect(layers).toHaveLength(21);
    const tops = layers.map(({ points }) => points[0][1]);
    const bottoms = layers.map(({ points }) => points[points.length - 1][1]);
    for (let i = 1; i < 21; i++) expect(bottoms[i]).toBeCloseTo(tops[i - 1], 1);
    const fills = [...svg.matchAll(/<polygon[^>]* fill="(#[0-9a-f]{6})"[^>]*stroke="#ffffff"/g)].map(
      (match) => match[1],
    );
    expect(new Set(fills).size).toBe(21);
  });

  test('the legend is in the order of the layers, top first', () => {
    const series = names.map((name) => ({ name, values: x.map(() => 1) }));
    const svg = stackedAreaFigure({ ...labelled, title: 'a', x, series });
    expect(texts(svg).filter((text) => text.startsWith('asset'))).toEqual([...names].reverse());
  });

  test('what is negative hangs below zero', () => {
    const series = [
      { name: 'long', values: [3, 3] },
      { name: 'short', values: [-1, -1] },
      { name: 'more', values: [1, 1] },
    ];
    const svg = stackedAreaFigure({ ...labelled, title: 'a', x: ['a', 'b'], series });
    const [long, short, more] = paths(svg, 'stroke="#ffffff"').map(({ points }) => [points[0][1], points[3][1]]);
    const unit = (long[1] - long[0]) / 3;
    expect(unit).toBeGreaterThan(0);
    // Of the short layer the end away from zero comes first.
    expect(short[0] - short[1]).toBeCloseTo(unit, 0);
    expect(short[1]).toBeCloseTo(long[1], 0);
    expect(more[1]).toBeCloseTo(long[0], 0);
  });
});

describe('barFigure', () => {
  test('bars are as high as their values, from zero', () => {
    const series = [{ name: 's', values: [1, -2, Number.NaN, 3] }];
    const svg = barFigure({ ...labelled, title: 'a', categories: ['p', 'q', 'r', 's'], series });
    const bars = paths(svg, 'fill="#0072b2"').map(({ points }) => points.map(([, y]) => y));
    expect(svg.match(/<path[^>]*fill="#0072b2"/g)).toHaveLength(3);
    // A bar is drawn as its corner and relative edges; the third number pair holds its height.
    const heights = bars.map((ys) => Math.max(...ys.slice(1).map(Math.abs)));
    expect(heights[1] / heights[0]).toBeCloseTo(2, 1);
    expect(heights[2] / heights[0]).toBeCloseTo(3, 1);
    expect(texts(svg)).toEqual(expect.arrayContaining(['p', 'q', 'r', 's']));
  });
});
