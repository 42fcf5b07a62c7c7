import { SingleBar } from 'cli-progress';
import { formatDuration } from './output.ts';
import { barStyle } from './progress-display.ts';

/** Tells on stderr how many of so many things are done. */
export interface CountDisplay {
  show(done: number): void;
  /** Clears what stands there. */
  stop(): void;
}

/** ms from one line to the next, where nobody watches: a command that takes hours shows in its log how far it is. */
const lineEvery = 60_000;

/** A bar on a terminal; elsewhere a line a minute. @param what is counted, such as `models` */
export function countDisplay(what: string, all: number, stream: NodeJS.WriteStream = process.stderr): CountDisplay {
  const begun = performance.now();
  const leftAt = (done: number) => formatDuration(((performance.now() - begun) / 1000) * ((all - done) / done));
  if (!stream.isTTY) {
    let told = begun;
    return {
      show(done) {
        if (performance.now() - told < lineEvery) return;
        told = performance.now();
        stream.write(`${done} of ${all} ${what}, ${leftAt(done)} left\n`);
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `{bar} {percentage} %  {value} of {total} ${what}  {left} left`,
    stream,
    ...barStyle,
  });
  bar.start(all, 0, { left: formatDuration(Number.NaN) });
  return {
    show: (done) => bar.update(done, { left: leftAt(done) }),
    stop: () => bar.stop(),
  };
}

/** Does some work with such a display, which is cleared whatever comes of it. */
export function watched<T>(what: string, all: number, work: (display: CountDisplay) => T): T {
  const display = countDisplay(what, all);
  try {
    return work(display);
  } finally {
    display.stop();
  }
}
