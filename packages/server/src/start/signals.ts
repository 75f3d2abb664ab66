import { EXIT_CUT } from './exit-codes.ts';
import type { RunningServer } from './options.ts';

/** How a process is ended; a test passes its own. */
export interface SignalTarget {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * The first SIGTERM or SIGINT drains the server and ends the process with its code (0, or 75 where requests were cut);
 * a second one ends it at once.
 */
export function handleSignals(
  server: RunningServer,
  onNotice: (message: string) => void,
  target: SignalTarget = process,
): void {
  let signalled = false;
  let closing = false;
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
  target.on('SIGINT', onSignal);
  server.ended.then((code) => {
    if (signalled && !closing) target.exit(code);
  });
}
