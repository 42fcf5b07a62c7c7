import type { Evaluation } from './evaluate.ts';
import type { Learner, Metrics } from './learner.ts';
import type { RunPaths } from './run-directory.ts';
import { openCsvSink } from './sinks/csv.ts';
import { openJsonlSink } from './sinks/jsonl.ts';
import { openTensorBoardSink } from './sinks/tensorboard.ts';

/** Before those of the algorithm. */
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
] as const;

export interface Counters {
  update: number;
  steps: number;
  seconds: number;
  stepsPerSecond: number;
}

/** The metric files of a run, written together. */
export interface RunLog {
  /** @param metrics of the learner's last round, where there are any */
  update(steps: number, counters: Counters, evaluated: Evaluation | undefined, metrics: Metrics | undefined): void;
  event(name: string, steps: number, fields?: Record<string, unknown>): void;
  /** Flushes; the bytes of each file so far, to resume from. */
  positions(): Record<string, number>;
  close(): void;
}

/** @param positions where the files of an interrupted run continue; new files without */
export function openRunLog(paths: RunPaths, learner: Learner, positions?: Readonly<Record<string, number>>): RunLog {
  const { metricNames, episodes, signalMeans } = learner;
  const unknown = Object.fromEntries(metricNames.map((name) => [name, Number.NaN]));
  const signalColumns = learner.signalNames.map((name) => `signal/${name}`);
  const columns = [...COLUMNS, ...metricNames, ...signalColumns];
  const csv = openCsvSink(paths.progress, { columns, resumeAt: positions?.csv });
  const events = openJsonlSink(paths.events, { resumeAt: positions?.events });
  const tensorboard = openTensorBoardSink(paths.tensorboard, { resumeAt: positions?.tensorboard });
  return {
    update(steps, counters, evaluated, metrics) {
      const row: Record<string, number> = {
        ...counters,
        episodes: episodes.finished,
        ...episodes.summary(),
        evaluationMean: evaluated?.meanReturn ?? Number.NaN,
        evaluationStd: evaluated?.stdReturn ?? Number.NaN,
        ...(metrics ?? unknown),
      };
      signalColumns.forEach((column, i) => {
        row[column] = signalMeans[i];
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
