export interface Interrupt {
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal;
  /** Gives Ctrl-C back its usual meaning. */
  dispose(): void;
}

/** The first Ctrl-C asks for an orderly end, the second one ends the process at once. @param what will be done before it */
export function stopOnInterrupt(
  clearDisplay: () => void,
  what = 'after this update and saving a checkpoint',
): Interrupt {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    clearDisplay();
    // 128 and the signal's number, as shells tell of it.
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    process.stderr.write(`Stopping ${what}. Once more to stop at once.\n`);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    dispose() {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
