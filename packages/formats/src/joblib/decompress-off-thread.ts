import { Worker } from 'node:worker_threads';
import { LoadError, type LoadFailureReason } from '@berth/inference';
import { type Compression, decompress } from './decompress.ts';

/** Smaller files that do not hold more than a few times their size are decompressed before a thread would have started. */
const SMALL = 1 << 20;
const SMALL_OUTPUT = 4 * SMALL;

type Answer = { readonly bytes: Uint8Array } | { readonly reason: LoadFailureReason; readonly message: string };

/**
 * {@link decompress}, on a thread of its own where the file or what it holds is large: a server goes on answering while a model is unpacked.
 * Takes `bytes` over: they must not be used afterwards.
 */
export async function decompressOffThread(
  bytes: Uint8Array<ArrayBuffer>,
  compression: Compression,
  maxBytes: number,
): Promise<Uint8Array> {
  if (compression === 'none') return bytes;
  if (bytes.length < SMALL) {
    try {
      return decompress(bytes, compression, Math.min(maxBytes, SMALL_OUTPUT));
    } catch (error) {
      // Some kilobytes may hold gigabytes: that is for the thread.
      if (!(error instanceof LoadError && error.reason === 'LimitExceeded') || maxBytes <= SMALL_OUTPUT) throw error;
    }
  }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./decompress-worker.${extension}`, import.meta.url), {
    workerData: { bytes, compression, maxBytes },
    transferList: [bytes.buffer],
  });
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the thread that unpacks ended with ${code}`)));
    });
    if ('bytes' in answer) return answer.bytes;
    throw new LoadError(answer.reason, answer.message);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(
      'CorruptModel',
      `the ${compression} compression can not be read (${(error as Error).message})`,
      {
        cause: error,
      },
    );
  } finally {
    await worker.terminate();
  }
}
