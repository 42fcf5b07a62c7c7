import type { PpoMetrics } from '../algorithms/ppo.ts';
import type { Collector } from './collector.ts';
import type { Evaluation } from './evaluate.ts';
import type { RunPaths } from './run-directory.ts';
import { openCsvSink } from './sinks/csv.ts';
import { openJsonlSink } from './sinks/jsonl.ts';
import { openTensorBoardSink } from './sinks/tensorboard.ts';

const COLUMNS = [
  'update',
  'steps',
  'seconds',
  'stepsPerSecond',
  'episodes',
  'returnMean',
  'returnLow',
  'returnHigh',
  'lengthMean',
  'evaluationMean',
  'evaluationStd',
  'policyLoss',
  'valueLoss',
  'entropy',
  'approxKl',
  'clipFraction',
  'explainedVariance',
  'gradientNorm',
  'learningRate',
  'clipRange',
  'entropyCoefficient',
] as const;

export interface Counters {
  update: number;
  steps: number;
  seconds: number;
  stepsPerSecond: number;
}

/** The metric files of a run, written together. */
export interface RunLog {
  update(
    steps: number,
    counters: Counters,
    collector: Collector,
    evaluated: Evaluation | undefined,
    metrics: PpoMetrics,
  ): void;
  event(name: string, steps: number, fields?: Record<string, unknown>): void;
  /** Flushes; the bytes of each file so far, to resume from. */
  positions(): Record<string, number>;
  close(): void;
}

/** @param positions where the files of an interrupted run continue; new files without */
export function openRunLog(
  paths: RunPaths,
  signalNames: readonly string[],
  positions?: Readonly<Record<string, number>>,
): RunLog {
  const signalColumns = signalNames.map((name) => `signal/${name}`);
  const csv = openCsvSink(paths.progress, { columns: [...COLUMNS, ...signalColumns], resumeAt: positions?.csv });
  const events = openJsonlSink(paths.events, { resumeAt: positions?.events });
  const tensorboard = openTensorBoardSink(paths.tensorboard, { resumeAt: positions?.tensorboard });
  return {
    update(steps, counters, collector, evaluated, metrics) {
      const row: Record<string, number> = {
        ...counters,
        episodes: collector.episodes.finished,
        ...collector.episodes.summary(),
        evaluationMean: evaluated?.meanReturn ?? Number.NaN,
        evaluationStd: evaluated?.stdReturn ?? Number.NaN,
        ...metrics,
      };
      signalColumns.forEach((column, i) => {
        row[column] = collector.signalMeans[i];
      });
      csv.write(row, steps);
      tensorboard.write(row, steps);
    },
    event: (name, steps, fields) => events.write(name, steps, fields),
    positions: () => ({ csv: csv.position(), events: events.position(), tensorboard: tensorboard.position() }),
    close() {
      csv.close();
      events.close();
      tensorboard.close();
    },
  };
}
