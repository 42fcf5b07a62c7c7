import { type BandPart, band, line } from './curves.ts';
import { frame, type LegendEntry } from './frame.ts';
import { layerColors, lineColors, NEUTRAL, textWidth } from './style.ts';
import { renderSvg } from './svg.ts';
import { groupMeans, thinnedIndices } from './thin.ts';
import { type Axis, logAxis, nameAxis, roundAxis, tightAxis, timeAxis } from './ticks.ts';

/** What all figures have. Sizes are in CSS pixels; one wider than 720 takes the full width of a report. */
export interface FigureOptions {
  title: string;
  /** Names of what the axes show, with units: `steps`, `drawdown (%)`. */
  xLabel: string;
  yLabel: string;
  /** A few words on how to read the figure, put after the name of the y axis. */
  note?: string;
  width?: number;
  height?: number;
}

export interface LineSeries {
  name: string;
  /** One for each x. NaN and infinities leave gaps, and so do values up to 0 on a logarithmic axis. */
  values: readonly number[];
  /** Ends of a spread around the line, drawn as a shaded band. */
  low?: readonly number[];
  high?: readonly number[];
  /** Stands out, the others step back. */
  emphasis?: boolean;
  /** What another line is to lie on: broad and pale, so that both can be seen. */
  expected?: boolean;
}

export interface LineFigureOptions extends FigureOptions {
  /** Ascending. An Error is thrown where a time cannot be read. */
  x: readonly number[] | readonly string[];
  series: readonly LineSeries[];
  logY?: boolean;
  /** Numbers are values and strings are categories unless told; times are ISO 8601 dates or milliseconds since 1970. */
  xType?: 'value' | 'time' | 'category';
}

/** Curves over a common x, with their spread, as an SVG document. */
export function lineFigure(options: LineFigureOptions): string {
  const { title, x, series, logY = false, width = 480, height = 300 } = options;
  const places = xPlaces(x, options.xType);
  const xAxis = horizontalAxis(x, places, width, options.xType);
  const scale = (values: readonly number[]): number[] => values.map((value) => scaled(value, logY));
  const floor = smallestPositive(series);
  const lines = series.map(({ name, values, low, high, emphasis, expected }) => ({
    name,
    emphasis,
    expected,
    values: scale(values),
    // A spread that reaches below 0 still has its upper part on a logarithmic axis.
    low: low && scale(logY ? low.map((value) => (value <= 0 ? floor : value)) : low),
    high: high && scale(high),
  }));
  const [lowest, highest] = extent(lines.flatMap(({ values, low = [], high = [] }) => [values, low, high]));
  const yAxis = logY ? logAxis(10 ** lowest, 10 ** highest, 5) : roundAxis(lowest, highest, 4);

  const anyEmphasis = series.some(({ emphasis }) => emphasis);
  const colors = emphasisFirst(lines.map(({ emphasis }) => emphasis === true));
  const columns = Math.round(width);
  const drawn = lines.flatMap(({ name, values, low, high, emphasis, expected }, i) => {
    const style = {
      name,
      color: colors[i],
      width: emphasis ? 2.6 : anyEmphasis ? 1.4 : 1.8,
      dashed: i >= 7,
      z: emphasis ? 4 : 3,
      ...(expected && { width: 7, opacity: 0.35, z: 2 }),
    };
    const points = thinnedIndices(values, columns).map((k): [number, number] => [places[k], values[k]]);
    if (!low || !high) return [line(points, style)];
    const spread = thinnedBand(places, low, high, columns);
    return [band([spread], { name: `${name}, spread`, color: colors[i], opacity: 0.18 }), line(points, style)];
  });
  const legend = lines.map(
    ({ name }, i): LegendEntry => ({ name, icon: i >= 7 ? 'dashes' : 'line', color: colors[i] }),
  );
  const option = frame({ ...options, width, xAxis, yAxis, legend: legend.length > 1 ? legend : [] });
  return renderSvg({ ...option, series: drawn }, width, height, title);
}

export interface LayerSeries {
  name: string;
  values: readonly number[];
  /** Drawn grey: what is left, such as cash. */
  neutral?: boolean;
}

export interface StackedAreaFigureOptions extends FigureOptions {
  /** Ascending; ISO 8601 dates make a time axis. */
  x: readonly string[];
  /** From the bottom up. Negative values stack downwards from 0, missing ones count as 0. */
  series: readonly LayerSeries[];
}

/** Shares of a whole over time, one layer a series, as an SVG document. */
export function stackedAreaFigure(options: StackedAreaFigureOptions): string {
  const { title, x, series, width = 1000 } = options;
  const legendPitch = 18;
  const height = Math.max(options.height ?? 440, 110 + legendPitch * series.length);
  const xType = x.every((text) => /^\d{4}-\d{2}-\d{2}/.test(text)) ? 'time' : 'category';
  const points = Math.floor(width / 2);
  const places = groupMeans(xPlaces(x, xType), points);
  const xAxis = horizontalAxis(x, xPlaces(x, xType), width, xType);
  const colored = series.filter(({ neutral }) => !neutral).map(({ name }) => name);
  const palette = layerColors(colored.length);

  const above = places.map(() => 0);
  const below = places.map(() => 0);
  const layers = series.map(({ name, values, neutral }) => {
    const means = groupMeans(values, points);
    const parts = [1, -1].flatMap((sign): BandPart[] => {
      const total = sign > 0 ? above : below;
      const from = [...total];
      means.forEach((value, i) => {
        if (value * sign > 0) total[i] += value;
      });
      return means.some((value) => value * sign > 0) ? [{ x: places, low: from, high: [...total] }] : [];
    });
    return { name, parts, color: neutral ? NEUTRAL : palette[colored.indexOf(name)] };
  });
  const [lowest, highest] = extent([above, below]);
  const legend = layers.map(({ name, color }): LegendEntry => ({ name, icon: 'square', color })).reverse();
  const option = frame({
    ...options,
    width,
    xAxis,
    yAxis: roundAxis(lowest, highest, 4),
    legend,
    legendBeside: true,
  });
  const drawn = layers.map(({ name, parts, color }) => band(parts, { name, color, opacity: 0.95, edge: '#ffffff' }));
  return renderSvg({ ...option, series: drawn }, width, height, title);
}

export interface BarFigureOptions extends FigureOptions {
  categories: readonly string[];
  series: readonly { name: string; values: readonly number[] }[];
}

/** Numbers side by side, one group of bars a category, as an SVG document. */
export function barFigure(options: BarFigureOptions): string {
  const { title, categories, series, width = 480, height = 300 } = options;
  const colors = lineColors(series.length);
  const [lowest, highest] = extent([[0], ...series.map(({ values }) => values)]);
  const legend = series.map(({ name }, i): LegendEntry => ({ name, icon: 'square', color: colors[i] }));
  const option = frame({
    ...options,
    width,
    xAxis: nameAxis(categories, categories.length),
    categories,
    yAxis: roundAxis(lowest, highest, 4),
    legend: series.length > 1 ? legend : [],
  });
  const drawn = series.map(({ name, values }, i) => ({
    type: 'bar',
    name,
    data: values.map((value) => (Number.isFinite(value) ? value : null)),
    itemStyle: { color: colors[i] },
    barMaxWidth: 44,
    barGap: '8%',
    barCategoryGap: '32%',
  }));
  return renderSvg({ ...option, series: drawn }, width, height, title);
}

function xPlaces(x: readonly (number | string)[], type: LineFigureOptions['xType']): number[] {
  if (type !== 'time') return x.map((place, i) => (typeof place === 'number' ? place : i));
  return x.map((place) => {
    const time = typeof place === 'number' ? place : Date.parse(place);
    if (Number.isNaN(time)) throw new Error(`expected ISO 8601 dates along a time axis, got "${place}"`);
    return time;
  });
}

function horizontalAxis(
  x: readonly (number | string)[],
  places: readonly number[],
  width: number,
  type: LineFigureOptions['xType'],
): Axis {
  if (type === 'time') return timeAxis(...extent([places]), width / 110);
  if (typeof x[0] !== 'string') return tightAxis(...extent([places]), width / 100);
  const names = x.map(String);
  return nameAxis(names, width / (16 + Math.max(...names.map((name) => textWidth(name)))));
}

function thinnedBand(x: readonly number[], low: readonly number[], high: readonly number[], columns: number): BandPart {
  const kept = new Set([...thinnedIndices(low, columns), ...thinnedIndices(high, columns)]);
  const rows = [...kept].sort((a, b) => a - b);
  return { x: rows.map((i) => x[i]), low: rows.map((i) => low[i]), high: rows.map((i) => high[i]) };
}

function scaled(value: number, logarithmic: boolean): number {
  const place = logarithmic ? Math.log10(value) : value;
  return Number.isFinite(place) ? place : Number.NaN;
}

function smallestPositive(series: readonly LineSeries[]): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const { values, low = [] } of series) {
    for (const value of [...values, ...low]) if (value > 0 && value < smallest) smallest = value;
  }
  return smallest;
}

/** Smallest and largest finite value; infinities the wrong way round when there is none. */
function extent(lists: readonly (readonly number[])[]): [number, number] {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      if (value < lowest) lowest = value;
      if (value > highest) highest = value;
    }
  }
  return [lowest, highest];
}

/** The palette's strongest colours go to the series that stand out. */
function emphasisFirst(emphasis: readonly boolean[]): string[] {
  const order = emphasis.map((_, i) => i).sort((a, b) => Number(emphasis[b]) - Number(emphasis[a]) || a - b);
  const palette = lineColors(emphasis.length);
  return emphasis.map((_, i) => palette[order.indexOf(i)]);
}
