import { SingleBar } from 'cli-progress';
import type { Progress } from '../src/training/run.ts';
import { formatDuration, formatNumber } from './output.ts';

/** Tells on stderr how a run goes. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Clears what stands there, for other words. */
  stop(): void;
}

export const silentDisplay: ProgressDisplay = { show() {}, stop() {} };

/** A bar on a terminal; where nobody watches, a line now and then. */
export function createDisplay(stream: NodeJS.WriteStream = process.stderr): ProgressDisplay {
  return stream.isTTY ? barDisplay(stream) : lineDisplay(stream);
}

export const barStyle = {
  barsize: 24,
  barCompleteChar: '\u2588',
  barIncompleteChar: '\u2591',
  clearOnComplete: true,
  // Interrupting is the run's business: it saves a checkpoint first.
  gracefulExit: false,
};

function barDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let bar: SingleBar | undefined;
  return {
    show(progress) {
      const shown = Math.min(progress.steps, progress.totalSteps);
      const payload = wordsFor(progress);
      if (bar === undefined) {
        bar = new SingleBar({
          format: '{bar} {percentage} %  {done} steps  {speed} steps/s  return {mean}  {left} left',
          stream,
          ...barStyle,
        });
        bar.start(progress.totalSteps, shown, payload);
      } else {
        bar.update(shown, payload);
      }
    },
    stop() {
      bar?.stop();
      bar = undefined;
    },
  };
}

const SECONDS_BETWEEN_LINES = 10;

function lineDisplay(stream: NodeJS.WriteStream): ProgressDisplay {
  let last = Number.NEGATIVE_INFINITY;
  return {
    show(progress) {
      if (progress.seconds - last < SECONDS_BETWEEN_LINES) return;
      const first = last === Number.NEGATIVE_INFINITY;
      last = progress.seconds;
      if (first) return;
      const { done, speed, mean, left } = wordsFor(progress);
      stream.write(
        `${done} of ${formatNumber(progress.totalSteps)} steps, ${speed} steps/s, return ${mean}, ${left} left\n`,
      );
    },
    stop() {},
  };
}

function wordsFor({ steps, stepsPerSecond, meanReturn, etaSeconds }: Progress) {
  return {
    done: formatNumber(steps),
    speed: formatNumber(Math.round(stepsPerSecond)),
    mean: formatNumber(meanReturn),
    left: formatDuration(etaSeconds),
  };
}
