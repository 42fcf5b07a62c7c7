/** Where numbers about a run go: one row per update. */
export interface MetricSink {
  /** @param step environment steps taken so far, all environments together. NaN and absent values mean "not known". */
  write(row: Readonly<Record<string, number>>, step: number): void;
  /** Returns once everything written so far is on the disk. */
  flush(): void;
  close(): void;
  /** Flushes and tells the file's length in bytes: what `resumeAt` needs to go on from here. */
  position(): number;
}

export interface SinkOptions {
  /** Continue the existing file after its first `resumeAt` bytes; what came later, whole or torn, is cut off. */
  resumeAt?: number;
}
