import { openAppendFile } from './append-file.ts';
import type { SinkOptions } from './sink.ts';

export interface EventSinkOptions extends SinkOptions {
  /** Seconds since 1970; the wall clock when absent. */
  clock?: () => number;
}

export type EventFields = Readonly<Record<string, unknown>> & { time?: never; step?: never; event?: never };

/** Where the things that happen in a run are told, one at a time. */
export interface EventSink {
  /** @param step environment steps taken so far. Fields must survive `JSON.stringify`; NaN becomes null there. */
  write(event: string, step: number, fields?: EventFields): void;
  /** Returns once everything written so far is on the disk. */
  flush(): void;
  close(): void;
  /** Flushes and tells the file's length in bytes: what `resumeAt` needs to go on from here. */
  position(): number;
}

/**
 * JSON Lines: `{"time":<seconds since 1970>,"step":<steps>,"event":"checkpoint",...fields}`.
 *
 * @throws UserError when the file cannot be written.
 */
export function openJsonlSink(path: string, { resumeAt, clock = wallClock }: EventSinkOptions = {}): EventSink {
  const file = openAppendFile(path, resumeAt);
  return {
    write(event, step, fields = {}) {
      file.write(`${JSON.stringify({ time: clock(), step, event, ...fields })}\n`);
    },
    flush: file.flush,
    close: file.close,
    position: file.position,
  };
}

function wallClock(): number {
  return Date.now() / 1000;
}
