import { lineFigure, stackedAreaFigure } from '../../src/report/figures.ts';
import type { Backtest } from './backtest.ts';
import { drawdowns } from './metrics.ts';

/** A backtest under the name it bears in figures and tables. */
export interface NamedBacktest {
  name: string;
  result: Backtest;
}

const width = 960;
const mostLayers = 20;

/** Wealth over time on a log scale, from 1; the first run stands out. */
export function equityFigure(runs: readonly NamedBacktest[]): string {
  return overTime(runs, 'Wealth after cost', 'wealth (start = 1)', (result) => result.wealth, true);
}

/** Fall from the highest wealth so far, in per cent, below zero. */
export function drawdownFigure(runs: readonly NamedBacktest[]): string {
  // 0 - x, for -0 would be printed as such.
  return overTime(runs, 'Drawdown', 'drawdown (%)', (result) => drawdowns(result.wealth).map((fall) => 0 - 100 * fall));
}

/** Chosen weights over time: the stocks largest on average, the others as one layer, cash on top. */
export function weightsFigure({ name, result }: NamedBacktest): string {
  const { assets, decisionDates, weights } = result;
  const column = (asset: number) => decisionDates.map((_, row) => 100 * weights[row * assets.length + asset]);
  const columns = assets.map((_, asset) => column(asset));
  const size = columns.map((values) => values.reduce((sum, value) => sum + value, 0));
  const stocks = assets.map((_, asset) => asset).slice(1);
  stocks.sort((a, b) => size[b] - size[a]);
  const shown = stocks.length <= mostLayers + 1 ? stocks : stocks.slice(0, mostLayers);
  const others = stocks.slice(shown.length);
  return stackedAreaFigure({
    title: `Weights of ${name.toLowerCase()}`,
    x: decisionDates,
    xLabel: 'decision',
    yLabel: 'weight (%)',
    series: [
      ...shown.map((asset) => ({ name: assets[asset], values: columns[asset] })),
      ...(others.length === 0
        ? []
        : [{ name: `${others.length} others`, values: sumOf(others.map((i) => columns[i])) }]),
      { name: assets[0], values: columns[0], neutral: true },
    ],
  });
}

function overTime(
  runs: readonly NamedBacktest[],
  title: string,
  yLabel: string,
  of: (result: Backtest) => Float64Array,
  logY = false,
): string {
  const series = runs.map(({ name, result }, index) => ({
    name,
    values: Array.from(of(result)),
    emphasis: index === 0,
  }));
  return lineFigure({ title, xLabel: 'date', yLabel, x: runs[0].result.dates, series, logY, xType: 'time', width });
}

const sumOf = (columns: number[][]) =>
  columns[0].map((_, row) => columns.reduce((sum, values) => sum + values[row], 0));
