/** A long task's end by Ctrl-C or a request to end. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code that the signal asks for: 130 after Ctrl-C, 143 after SIGTERM. */
  exitCode(): number;
  /** Gives the signals back to the system. */
  letGo(): void;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Listens for Ctrl-C and SIGTERM until it is let go of. The first one aborts `signal`, so that the task ends in order; another
 * one, a moment later, ends the process at once.
 */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode = 130;
  let timer: NodeJS.Timeout | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) return;
    exitCode = EXIT_CODES[name as keyof typeof EXIT_CODES] ?? exitCode;
    controller.abort();
    // A terminal and the launcher may both pass one Ctrl-C on: only a later one is meant.
    timer = setTimeout(stop, 500);
    timer.unref();
  };
  function stop(): void {
    clearTimeout(timer);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: controller.signal, exitCode: () => exitCode, letGo: stop };
}
