import type { FigureOptions } from './figures.ts';
import { frame } from './frame.ts';
import { lineColors } from './style.ts';
import { renderSvg } from './svg.ts';
import { roundAxis, tightAxis } from './ticks.ts';

export interface HeatmapFigureOptions extends FigureOptions {
  /** Left end of the first column, right end of the last. */
  xRange: readonly [number, number];
  /** Upper end of the first row, lower end of the last. */
  yRange: readonly [number, number];
  /** Row by row from the top. NaN leaves white. */
  rows: readonly ArrayLike<number>[];
}

/** Rows of numbers as colours, white at 0, one hue above and one below, as an SVG document. */
export function heatmapFigure(options: HeatmapFigureOptions): string {
  const { title, rows, xRange, yRange, width = 480, height = 300, note } = options;
  let largest = 0;
  for (const row of rows) for (let i = 0; i < row.length; i++) largest = Math.max(largest, Math.abs(row[i]) || 0);
  const [positive, , , negative] = lineColors(4);
  const limit = Number(largest.toPrecision(2));
  const [lowest, highest] = [Math.min(...yRange), Math.max(...yRange)];
  const option = frame({
    ...options,
    width,
    note: note ?? (limit === 0 ? '0 everywhere' : `from -${limit} to ${limit}`),
    xAxis: tightAxis(xRange[0], xRange[1], width / 100),
    yAxis: { ...roundAxis(lowest, highest, 4), min: lowest, max: highest },
    legend: [
      { name: 'above 0', icon: 'square', color: positive },
      { name: 'below 0', icon: 'square', color: negative },
    ],
  });
  const [left, right] = xRange;
  const [first, last] = yRange;
  const cells = rows.flatMap((row, r) =>
    Array.from(row).flatMap((value, c) => {
      const opacity = Math.min(1, Math.abs(value) / (largest || 1));
      // What is too pale to be seen is not drawn.
      return opacity > 0.01 ? [{ r, c, color: value > 0 ? positive : negative, opacity, columns: row.length }] : [];
    }),
  );
  const drawn = {
    type: 'custom',
    name: title,
    data: [[left, first]],
    clip: true,
    z: 2,
    renderItem: (_: unknown, api: { coord(point: number[]): number[] }) => ({
      type: 'group',
      children: cells.map(({ r, c, color, opacity, columns }) => {
        const at = (column: number, row: number) =>
          api.coord([left + ((right - left) * column) / columns, first + ((last - first) * row) / rows.length]);
        const [x, y] = at(c, r);
        const [x2, y2] = at(c + 1, r + 1);
        return {
          type: 'rect',
          shape: { x, y, width: x2 - x, height: y2 - y },
          style: { fill: color, opacity: Number(opacity.toFixed(2)) },
        };
      }),
    }),
  };
  const colours = ['above 0', 'below 0'].map((name, i) => ({
    type: 'line',
    name,
    data: [],
    itemStyle: { color: i === 0 ? positive : negative },
  }));
  const inverted = { ...option, yAxis: { ...(option.yAxis as object), inverse: yRange[0] < yRange[1] } };
  return renderSvg({ ...inverted, series: [drawn, ...colours] }, width, height, title);
}
