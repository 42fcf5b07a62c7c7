import { lineFigure } from './figures.ts';
import { curveOf, knownRows, type ProgressTable, spreadOf } from './progress.ts';
import type { ReportSection, Table } from './types.ts';

export { type ProgressTable, readProgress } from './progress.ts';

/** A figure of one column. */
interface Quantity {
  column: string;
  title: string;
  unit: string;
  spread?: Spread;
}

/** Columns that tell the spread within one run: its ends, or its half-width. */
type Spread = { note: string } & ({ low: string; high: string } | { deviation: string });

const LEARNING: readonly Quantity[] = [
  {
    column: 'returnMean',
    title: 'Episode return',
    unit: 'sum of rewards, training episodes',
    spread: { low: 'returnLow', high: 'returnHigh', note: 'band: 10th to 90th percentile' },
  },
  {
    column: 'evaluationMean',
    title: 'Evaluation return',
    unit: 'sum of rewards',
    spread: { deviation: 'evaluationStd', note: 'band: \u00b1 1 standard deviation' },
  },
  { column: 'lengthMean', title: 'Episode length', unit: 'steps per episode' },
];

const OPTIMISATION: readonly Quantity[] = [
  { column: 'policyLoss', title: 'Policy loss', unit: 'mean over samples' },
  { column: 'valueLoss', title: 'Value loss', unit: 'mean over samples' },
  { column: 'entropy', title: 'Policy entropy', unit: 'nats' },
  { column: 'approxKl', title: 'KL divergence', unit: 'nats, old policy to new, estimated' },
  { column: 'clipFraction', title: 'Clip fraction', unit: 'share of samples' },
  { column: 'explainedVariance', title: 'Explained variance', unit: 'share of the variance of returns' },
  { column: 'gradientNorm', title: 'Gradient norm', unit: 'before clipping' },
];

/** Drawn where they change, told in words where they stay. */
const SCHEDULES: readonly Quantity[] = [
  { column: 'learningRate', title: 'Learning rate', unit: 'of the optimiser' },
  { column: 'clipRange', title: 'Clip range', unit: 'of the probability ratio' },
  { column: 'entropyCoefficient', title: 'Entropy coefficient', unit: 'weight of the bonus' },
];

const SPEED: readonly Quantity[] = [{ column: 'stepsPerSecond', title: 'Speed', unit: 'environment steps per second' }];

const SIGNAL = 'signal/';

/**
 * The part of a report that tells how training went: learning curves, what the optimiser did, reward signals, speed.
 * Of several runs that differ in their seed it shows the mean, with a band from the lowest run to the highest.
 * Quantities the runs did not record are left out, and so are sections without any.
 */
export function trainingSections(progress: ProgressTable | readonly ProgressTable[]): ReportSection[] {
  const runs = 'columns' in progress ? [progress] : progress;
  if (runs.length === 0) return [];
  const names = new Set(runs.flatMap(({ columns }) => columns.filter((name) => name.startsWith(SIGNAL))));
  const signals = [...names].map((column): Quantity => {
    return { column, title: column.slice(SIGNAL.length), unit: 'mean over steps' };
  });
  const still = SCHEDULES.filter(({ column }) => new Set(known(runs, column)).size === 1);
  const sections: ReportSection[] = [
    { title: 'Learning', text: explanation(runs.length), figures: figuresOf(runs, LEARNING), table: summary(runs) },
    { title: 'Reward signals', figures: figuresOf(runs, signals) },
    {
      title: 'Optimisation',
      text: constants(runs, still),
      figures: figuresOf(runs, [...OPTIMISATION, ...SCHEDULES.filter((quantity) => !still.includes(quantity))]),
    },
    { title: 'Speed', figures: figuresOf(runs, SPEED) },
  ];
  return sections.filter(({ figures = [] }) => figures.length > 0);
}

function explanation(runs: number): string | undefined {
  if (runs < 2) return undefined;
  return (
    `${runs} runs that differ only in their seed. A line is their mean, the band around it reaches from the lowest ` +
    'run to the highest, and both end where the shortest run ends.'
  );
}

function constants(runs: readonly ProgressTable[], quantities: readonly Quantity[]): string | undefined {
  if (quantities.length === 0) return undefined;
  const parts = quantities.map(({ column, title }) => `${title.toLowerCase()} ${known(runs, column)[0]}`);
  return `Constant throughout: ${parts.join(', ')}.`;
}

function known(runs: readonly ProgressTable[], column: string): number[] {
  return runs.flatMap((run) => curveOf(run, column).values);
}

function figuresOf(runs: readonly ProgressTable[], quantities: readonly Quantity[]): string[] {
  return quantities.flatMap((quantity) => {
    const figure = runs.length > 1 ? figureOfSeveral(runs, quantity) : figureOfOne(runs[0], quantity);
    return figure === undefined ? [] : [figure];
  });
}

function figureOfOne(run: ProgressTable, { column, title, unit, spread }: Quantity): string | undefined {
  const { steps, values } = curveOf(run, column);
  if (steps.length === 0) return undefined;
  const ends = spread && endsOf(run, column, spread);
  return lineFigure({
    title,
    xLabel: 'environment steps',
    yLabel: unit,
    note: ends && spread?.note,
    x: steps,
    series: [{ name: title, values, ...ends }],
  });
}

/** The ends of the spread where the column itself is known, or nothing when the run did not record them. */
function endsOf(run: ProgressTable, column: string, spread: Spread): { low: number[]; high: number[] } | undefined {
  const rows = knownRows(run, column);
  const at = (name: string): number[] => rows.map((row) => run.values[name]?.[row] ?? Number.NaN);
  if ('low' in spread) {
    const [low, high] = [at(spread.low), at(spread.high)];
    return low.some(Number.isFinite) ? { low, high } : undefined;
  }
  const [middle, deviation] = [at(column), at(spread.deviation)];
  if (!deviation.some(Number.isFinite)) return undefined;
  return {
    low: middle.map((mean, i) => mean - deviation[i]),
    high: middle.map((mean, i) => mean + deviation[i]),
  };
}

function figureOfSeveral(runs: readonly ProgressTable[], { column, title, unit }: Quantity): string | undefined {
  const { steps, mean, low, high } = spreadOf(runs.map((run) => curveOf(run, column)));
  if (steps.length === 0) return undefined;
  return lineFigure({
    title,
    xLabel: 'environment steps',
    yLabel: unit,
    note: 'mean, lowest and highest run',
    x: steps,
    series: [{ name: title, values: mean, low, high }],
  });
}

/** Where the returns stood first, at their best and last. */
function summary(runs: readonly ProgressTable[]): Table | undefined {
  const rows = LEARNING.slice(0, 2).flatMap(({ column, title }) => {
    const several = runs.length > 1;
    return runs.flatMap((run, index) => {
      const { steps, values } = curveOf(run, column);
      if (steps.length === 0) return [];
      const best = values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
      const name = several ? `${title}, run ${index + 1}` : title;
      return [[name, values[0], values[values.length - 1], values[best], steps[best]]];
    });
  });
  if (rows.length === 0) return undefined;
  return { columns: ['', 'First', 'Last', 'Best', 'Best at step'], rows, emphasis: [] };
}
