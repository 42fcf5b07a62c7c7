import { quantile } from '../estimators/statistics.ts';
import type { FigureOptions } from './figures.ts';
import { frame } from './frame.ts';
import { lineColors } from './style.ts';
import { renderSvg } from './svg.ts';
import { nameAxis, roundAxis } from './ticks.ts';

export interface IntervalFigureOptions extends FigureOptions {
  categories: readonly string[];
  /** One for each category. What is not finite is left out. */
  estimates: readonly { mean: number; low: number; high: number }[];
}

/** Intervals so many times as long as the median one do not stretch the axis: they run out of the figure. */
const farTooLong = 8;

/** Estimates as dots on their intervals, side by side, as an SVG document. */
export function intervalFigure(options: IntervalFigureOptions): string {
  const { title, categories, estimates, width = 960, height = 340 } = options;
  const known = estimates.filter(({ mean, low, high }) => Number.isFinite(mean + low + high));
  const usual = quantile(
    known.map(({ low, high }) => high - low),
    0.5,
  );
  const shown = known.filter(({ low, high }) => high - low <= farTooLong * usual);
  const lowest = shown.reduce((least, { low }) => Math.min(least, low), Infinity);
  const highest = shown.reduce((most, { high }) => Math.max(most, high), -Infinity);
  const [color] = lineColors(1);
  const option = frame({
    ...options,
    width,
    xAxis: nameAxis(categories, categories.length),
    categories,
    yAxis: roundAxis(lowest, highest, 4),
    legend: [],
  });
  const drawn = {
    type: 'custom',
    name: title,
    data: known.length > 0 ? [[0, known[0].mean]] : [],
    clip: true,
    z: 3,
    renderItem: (_: unknown, api: { coord(point: number[]): number[] }) => ({
      type: 'group',
      children: estimates.flatMap((estimate, i) => {
        if (!known.includes(estimate)) return [];
        const [x, y] = api.coord([i, estimate.mean]);
        const [, y1] = api.coord([i, estimate.low]);
        const [, y2] = api.coord([i, estimate.high]);
        return [
          { type: 'line', shape: { x1: x, y1, x2: x, y2 }, style: { stroke: color, lineWidth: 2 } },
          { type: 'circle', shape: { cx: x, cy: y, r: 4.5 }, style: { fill: color } },
        ];
      }),
    }),
  };
  return renderSvg({ ...option, series: [drawn] }, width, height, title);
}
