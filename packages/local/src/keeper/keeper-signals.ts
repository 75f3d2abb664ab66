import { EXIT_CUT } from './part.ts';
import type { Keeper } from './start-keeper.ts';

/** The process whose signals are heard; a test passes its own. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', listener: () => void): unknown;
  exit(code: number): void;
}

/** Milliseconds after a second signal at which the process ends, whatever has not. */
const SECOND_SIGNAL_MS = 700;

/** Ctrl-C comes twice where npx or our launcher hands on what the terminal has sent to every process already. */
const ONE_PRESS_MS = 200;

/**
 * The first SIGTERM, SIGINT or SIGHUP ends the platform in order and the process with its code; a second one ends
 * everything within a second.
 */
export function handleKeeperSignals(
  keeper: Pick<Keeper, 'stop' | 'kill'>,
  onNotice: (message: string) => void,
  source: SignalSource = process,
): void {
  let signals = 0;
  let interruptedAt = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    signals++;
    if (signals === 1) {
      onNotice('ending: requests under way are finished first; a second signal ends everything now');
      void keeper.stop().then((code) => {
        if (signals === 1) source.exit(code);
      });
    } else if (signals === 2) {
      onNotice('second signal: ending now');
      setTimeout(() => source.exit(EXIT_CUT), SECOND_SIGNAL_MS).unref();
      void keeper.kill().then(
        () => source.exit(EXIT_CUT),
        () => source.exit(EXIT_CUT),
      );
    }
  };
  source.on('SIGTERM', onSignal);
  source.on('SIGINT', () => {
    const last = interruptedAt;
    interruptedAt = performance.now();
    if (interruptedAt - last > ONE_PRESS_MS) onSignal();
  });
  source.on('SIGHUP', onSignal);
}
