import { signatureOf } from './file-signature.ts';

const INTERVAL_MS = 250;

/** What is watched, and who is told. */
export interface WatchOptions {
  /** The files and folders to look at; asked anew each time. */
  readonly paths: () => readonly string[];
  /** Called when something has changed and then kept still for one interval. Not called again before it resolves. */
  readonly onChange: () => Promise<void>;
  /** Told of an `onChange` that failed. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds between two looks; default 250. */
  readonly intervalMs?: number;
}

/**
 * Looks at files again and again, which works on every file system and sees a file that was replaced by renaming. Ends
 * with `stop`.
 */
export async function watchPaths(options: WatchOptions): Promise<{ stop(): void }> {
  const { paths, onChange, onError, intervalMs = INTERVAL_MS } = options;
  const look = async () => (await Promise.all(paths().map(signatureOf))).join('\n\n');
  let handled = await look();
  let last = handled;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    if (!stopped) timer = setTimeout(() => void tick(), intervalMs).unref();
  };
  const tick = async () => {
    try {
      const now = await look();
      // Changed, and not changing any more: a file that is still being written has another size each time.
      if (now !== handled && now === last && !stopped) {
        handled = now;
        await onChange();
      }
      last = now;
    } catch (error) {
      onError(error);
    }
    next();
  };
  next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
