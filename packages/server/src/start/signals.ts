import { EXIT_CUT, EXIT_INTERRUPTED } from './exit-codes.ts';
import type { RunningServer } from './options.ts';

/** How a process is ended; a test passes its own. */
export interface SignalTarget {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

/** Ctrl-C comes twice where npx or our launcher hands on what the terminal has sent to every process already. */
const ONE_PRESS_MS = 200;

/**
 * The first SIGTERM or SIGINT drains the server and ends the process with its code (0, or 75 where requests were cut);
 * a second one ends it at once. Ctrl-C before the models are loaded is an interruption: the code is then 130.
 */
export function handleSignals(
  server: RunningServer,
  onNotice: (message: string) => void,
  target: SignalTarget = process,
): void {
  let signalled = false;
  let interruptedAt = Number.NEGATIVE_INFINITY;
  let closing = false;
  let isLoading = true;
  let isInterrupted = false;
  const loaded = () => {
    isLoading = false;
  };
  server.ready.then(loaded, loaded);
  const onSignal = () => {
    if (signalled) {
      closing = true;
      onNotice('second signal: ending now');
      // Closing is tried for half a second, so that workers do not stay behind.
      setTimeout(() => target.exit(EXIT_CUT), 500).unref();
      server.close().then(
        () => server.ended.then((code) => target.exit(code)),
        () => target.exit(EXIT_CUT),
      );
      return;
    }
    signalled = true;
    server.drain().catch(() => undefined);
  };
  target.on('SIGTERM', onSignal);
  target.on('SIGINT', () => {
    const last = interruptedAt;
    interruptedAt = performance.now();
    if (interruptedAt - last <= ONE_PRESS_MS) return;
    if (isLoading && !signalled) {
      isInterrupted = true;
      onNotice('interrupted before the models were loaded; a download goes on at the next start where it stopped');
    }
    onSignal();
  });
  server.ended.then((code) => {
    if (signalled && !closing) target.exit(isInterrupted && code === 0 ? EXIT_INTERRUPTED : code);
  });
}
