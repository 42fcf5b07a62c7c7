import type { EChartsCoreOption } from 'echarts/core';
import { AXIS, FONT, FONT_SIZE, fitted, GRID, INK, QUIET_INK, textWidth } from './style.ts';
import type { Axis } from './ticks.ts';

export interface LegendEntry {
  name: string;
  icon: 'line' | 'dashes' | 'square';
  color: string;
}

export interface FrameOptions {
  title: string;
  xLabel: string;
  yLabel: string;
  note?: string;
  width: number;
  xAxis: Axis;
  /** Names along x instead of places, for bars. */
  categories?: readonly string[];
  yAxis: Axis;
  legend: readonly LegendEntry[];
  /** One entry a line right of the plot, instead of rows above it. */
  legendBeside?: boolean;
}

const ICONS = {
  line: 'path://M0 4H18V6H0Z',
  dashes: 'path://M0 4H7V6H0ZM11 4H18V6H11Z',
  square: 'roundRect',
};
const ROW_HEIGHT = 18;
const LABELS = { color: QUIET_INK, fontFamily: FONT, fontSize: FONT_SIZE };

/** All that stands around the curves: title, what y shows, legend, axes, grid. Each has its own room. */
export function frame(options: FrameOptions): EChartsCoreOption {
  const { title, xLabel, yLabel, note, width, xAxis, yAxis, legend, legendBeside = false, categories } = options;
  const rows = legendBeside ? legend.map((entry) => [entry]) : wrapped(legend, width);
  const legendWidth = legendBeside ? Math.max(0, ...legend.map(entryWidth)) : 0;
  const top = legendBeside || rows.length === 0 ? 54 : 60 + rows.length * ROW_HEIGHT;
  return {
    title: {
      text: fitted(title, width, 15, true),
      subtext: fitted(note ? `${yLabel} \u00b7 ${note}` : yLabel, width),
      left: 0,
      top: 0,
      padding: 0,
      itemGap: 5,
      textStyle: { color: INK, fontFamily: FONT, fontSize: 15, fontWeight: 600 },
      subtextStyle: LABELS,
    },
    // A legend component for each entry: how the library would break lines is no concern then.
    legend: rows.flatMap((row, r) =>
      row.map(({ name, icon, color }, i) => ({
        data: [{ name, icon: ICONS[icon], itemStyle: { color } }],
        left:
          (legendBeside ? width - legendWidth : 0) + sum(row.slice(0, i).map((entry) => entryWidth(entry) + ENTRY_GAP)),
        top: (legendBeside ? top - 6 : 46) + r * ROW_HEIGHT,
        padding: 0,
        itemWidth: iconWidth(icon),
        itemHeight: 10,
        textStyle: LABELS,
      })),
    ),
    grid: {
      top,
      left: 10 + Math.max(...yAxis.ticks.map(({ label }) => textWidth(label))),
      right: legendBeside ? legendWidth + 24 : 22,
      bottom: xLabel ? 46 : 24,
      outerBoundsMode: 'none',
    },
    xAxis: {
      ...(categories
        ? { type: 'category', data: categories, axisLabel: LABELS, axisTick: { show: false } }
        : placed(xAxis)),
      name: xLabel,
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: LABELS,
      axisLine: { onZero: false, lineStyle: { color: AXIS } },
      splitLine: { show: false },
    },
    yAxis: {
      ...placed(yAxis),
      axisLine: { show: false },
      axisTick: { ...placed(yAxis).axisTick, show: false },
      splitLine: { lineStyle: { color: GRID } },
    },
  };
}

function placed({ min, max, ticks }: Axis) {
  const places = ticks.map(({ value }) => value);
  const labels = new Map(ticks.map(({ value, label }) => [value, label]));
  return {
    type: 'value',
    min,
    max,
    axisLabel: { ...LABELS, customValues: places, formatter: (value: number) => labels.get(value) ?? '' },
    axisTick: { customValues: places, lineStyle: { color: AXIS } },
  };
}

const ENTRY_GAP = 14;

function iconWidth(icon: LegendEntry['icon']): number {
  return icon === 'square' ? 10 : 18;
}

function entryWidth({ name, icon }: LegendEntry): number {
  return iconWidth(icon) + 6 + textWidth(name);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function wrapped(legend: readonly LegendEntry[], width: number): LegendEntry[][] {
  const rows: LegendEntry[][] = [];
  let room = 0;
  for (const entry of legend) {
    const needed = entryWidth(entry) + ENTRY_GAP;
    if (rows.length === 0 || needed > room) {
      rows.push([]);
      room = width;
    }
    rows[rows.length - 1].push(entry);
    room -= needed;
  }
  return rows;
}
