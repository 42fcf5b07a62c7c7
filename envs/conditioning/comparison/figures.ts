import { barFigure, lineFigure } from '../../../src/report/figures.ts';
import { heatmapFigure } from '../../../src/report/heatmap.ts';
import { alignBins, columnMeans, groupRows } from '../aligned.ts';
import { subtractBaseline } from '../recordings/baseline.ts';
import { type PerieventAverage, perievent } from '../recordings/perievent.ts';
import type { ModelFit } from './fit.ts';
import { type AlignedTrial, typesOf } from './trials.ts';

/** What figures of a comparison are drawn from. */
export interface ComparisonScene {
  trials: readonly AlignedTrial[];
  binSeconds: number;
  /** One number a bin, in `unit`: what was recorded. */
  values: Float64Array;
  unit: string;
  /** What a bin of the values, and of what is expected of them, is multiplied by to be in that unit. */
  perUnit: number;
  /** The least BIC first. */
  fits: readonly ModelFit[];
  /** Whether each trial is shown less its mean in the second before the event. */
  baseline: boolean;
}

/** s that figures show before the event, and after the longest trial. */
const secondsBefore = 1;
const secondsAfter = 2;
const mostSeconds = 30;
const mostTypes = 6;
const heatmapRows = 50;
const resamples = 500;

const xLabel = 'time from the event (s)';

/** The mean of what was recorded about the trials of each type, and what each model expects there. */
export function averageFigures(scene: ComparisonScene): string[] {
  return typesOf(scene.trials)
    .slice(0, mostTypes)
    .map((type) => {
      const own = scene.trials.filter((trial) => trial.type === type);
      const recorded = averageOf(scene, scene.values, own, own.length > 1 ? resamples : 1);
      return lineFigure({
        title: `${capital(type)} (n = ${own.length})`,
        xLabel,
        yLabel: scene.unit,
        note: own.length > 1 ? 'band: 95 % bootstrap' : undefined,
        x: axisOf(recorded),
        series: [
          {
            name: 'recorded',
            values: Array.from(recorded.mean),
            ...(own.length > 1 && { low: Array.from(recorded.low), high: Array.from(recorded.high) }),
            emphasis: true,
          },
          ...scene.fits.map(({ model, expected }) => ({
            name: model.name,
            values: Array.from(averageOf(scene, known(expected, scene.values), own, 1).mean),
          })),
        ],
        height: 340,
      });
    });
}

/** Trial by trial, what was recorded and the errors of the best model, in rewarded trials of the most frequent type. */
export function trialFigures(scene: ComparisonScene): string[] {
  const { own, type } = mainTrials(scene);
  const { before, after } = windowOf(scene);
  const [best] = scene.fits;
  const heat = (title: string, series: ArrayLike<number>) =>
    heatmapFigure({
      title,
      xLabel,
      yLabel: 'trial',
      xRange: [-before * scene.binSeconds, after * scene.binSeconds],
      yRange: [0, own.length],
      rows: groupRows(
        alignBins(
          series,
          own.map(({ bin }) => bin),
          before,
          after,
        ),
        heatmapRows,
      ),
    });
  return [
    heat(`Recorded, in standard deviations: ${type}`, standardised(scene.values)),
    heat(`Errors of ${best.model.name}: ${type}`, best.errors),
  ];
}

/** How recorded values and errors of the best model move from the reward to the cue as trials go by. */
export function learningFigures(scene: ComparisonScene): string[] {
  const { own, type } = mainTrials(scene);
  const thirds = ['early', 'middle', 'late'].map((name, third) => ({
    name,
    trials: own.slice(Math.floor((third * own.length) / 3), Math.floor(((third + 1) * own.length) / 3)),
  }));
  const [best] = scene.fits;
  const { before, after } = windowOf(scene);
  const lines = (title: string, yLabel: string, series: Float64Array) =>
    lineFigure({
      title,
      xLabel,
      yLabel,
      x: Array.from({ length: before + after }, (_, k) => tidy((k - before + 0.5) * scene.binSeconds)),
      series: thirds.map(({ name, trials }) => ({
        name,
        values: Array.from(
          columnMeans(
            alignBins(
              series,
              trials.map(({ bin }) => bin),
              before,
              after,
            ),
            before + after,
          ),
        ),
      })),
    });
  return [
    lines(
      `Recorded, third by third: ${type}`,
      scene.unit,
      scene.values.map((value) => scene.perUnit * value),
    ),
    lines(`Errors of ${best.model.name}, third by third`, 'error', best.errors),
  ];
}

/** How much worse each model is than the best. */
export function differenceFigure(fits: readonly ModelFit[]): string {
  return barFigure({
    title: 'BIC less the least',
    xLabel: 'model',
    yLabel: 'difference in BIC',
    note: 'lower is better',
    categories: fits.map(({ model }) => model.id),
    series: [{ name: 'BIC less the least', values: fits.map(({ bic }) => bic - fits[0].bic) }],
    width: 1000,
  });
}

/** Those of the most frequent rewarded type, or of the most frequent one where none was rewarded. */
function mainTrials({ trials }: ComparisonScene): { own: AlignedTrial[]; type: string } {
  const rewarded = trials.filter((trial) => trial.rewarded);
  const [type] = typesOf(rewarded.length > 0 ? rewarded : trials);
  return { own: trials.filter((trial) => trial.type === type), type };
}

function windowOf({ trials, binSeconds }: ComparisonScene): { before: number; after: number } {
  const longest = trials.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  return {
    before: Math.ceil(secondsBefore / binSeconds),
    after: Math.ceil((Math.min(longest, mostSeconds) + secondsAfter) / binSeconds),
  };
}

function averageOf(
  scene: ComparisonScene,
  series: ArrayLike<number>,
  own: readonly AlignedTrial[],
  draws: number,
): PerieventAverage {
  const { before, after } = windowOf(scene);
  const { binSeconds, perUnit, baseline } = scene;
  const bins = before + after;
  const rows = alignBins(
    series,
    own.map(({ bin }) => bin),
    before,
    after,
  );
  const values = new Float64Array(rows.length * bins);
  rows.forEach((row, trial) => {
    values.set(
      row.map((value) => perUnit * value),
      trial * bins,
    );
  });
  const none = new Int32Array(rows.length);
  const times = Float64Array.from({ length: bins }, (_, k) => (k - before + 0.5) * binSeconds);
  const aligned = { trials: rows.length, bins, step: binSeconds, times, values, outside: none, missing: none };
  return perievent(baseline ? subtractBaseline(aligned, [-before * binSeconds, 0]) : aligned, { resamples: draws });
}

/** A model's expectation only where something was recorded: averages are then over the same bins. */
const known = (expected: Float64Array, values: Float64Array) =>
  expected.map((value, bin) => (Number.isNaN(values[bin]) ? Number.NaN : value));

function standardised(values: Float64Array): Float64Array {
  const present = values.filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  const variance = present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / present.length;
  return values.map((value) => (variance > 0 ? (value - mean) / Math.sqrt(variance) : 0));
}

const axisOf = ({ times }: PerieventAverage) => Array.from(times, tidy);
const tidy = (value: number) => Number(value.toFixed(4));
const capital = (text: string) => text[0].toUpperCase() + text.slice(1);
