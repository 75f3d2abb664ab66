import { StorageError } from '../storage-error.ts';

/**
 * Passes on what comes, exactly `length` bytes of it: fewer, more, or nothing for `stallTimeoutMs`, is a failure that may
 * pass. The source is ended whenever the reader stops.
 */
export async function* exactBytes(
  source: AsyncIterable<Uint8Array>,
  length: number,
  stallTimeoutMs: number,
  what: string,
  explain: (thrown: unknown) => Error,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let done = 0;
  try {
    for (;;) {
      const step = await withinTime(iterator.next(), stallTimeoutMs, what, signal).catch((thrown: unknown) => {
        throw thrown instanceof StorageError ? thrown : explain(thrown);
      });
      if (step.done === true) break;
      done += step.value.length;
      if (done > length) throw failed(`${what} sent more than the ${length} bytes that were asked for`);
      yield step.value;
    }
    if (done < length) throw failed(`${what} sent ${done} of ${length} bytes`);
  } finally {
    // Not awaited: a source that hangs must not keep its reader.
    iterator.return?.()?.catch(() => undefined);
  }
}

/** Settles as `work` does, or fails when that takes longer, or when `signal` ends the wait. */
export async function withinTime<T>(
  work: Promise<T>,
  milliseconds: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  // A failure that comes too late has nobody who waits for it.
  work.catch(() => undefined);
  return await new Promise<T>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      end();
      reject(new StorageError('DownloadCancelled', 'the download was cancelled'));
    };
    const timer = setTimeout(() => {
      end();
      reject(failed(`nothing came from ${what} for ${milliseconds / 1000} s`));
    }, milliseconds);
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort);
    work.finally(end).then(resolve, reject);
  });
}

function failed(message: string): StorageError {
  return new StorageError('DownloadFailed', message, { isTransient: true });
}
