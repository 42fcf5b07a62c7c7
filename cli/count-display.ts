import { SingleBar } from 'cli-progress';
import { formatDuration } from './output.ts';
import { barStyle } from './progress-display.ts';

/** Tells on stderr how many of so many things are done. */
export interface CountDisplay {
  show(done: number): void;
  /** Clears what stands there. */
  stop(): void;
}

/** A bar on a terminal; nothing where nobody watches. @param what is counted, such as `models` */
export function countDisplay(what: string, all: number, stream: NodeJS.WriteStream = process.stderr): CountDisplay {
  if (!stream.isTTY) return { show() {}, stop() {} };
  const begun = performance.now();
  const bar = new SingleBar({
    format: `{bar} {percentage} %  {value} of {total} ${what}  {left} left`,
    stream,
    ...barStyle,
  });
  bar.start(all, 0, { left: formatDuration(Number.NaN) });
  return {
    show(done) {
      const seconds = (performance.now() - begun) / 1000;
      bar.update(done, { left: formatDuration((seconds * (all - done)) / done) });
    },
    stop: () => bar.stop(),
  };
}
