import { Worker } from 'node:worker_threads';
import { LoadError, type LoadFailureReason } from '@berth/inference';
import { type Compression, decompress } from './decompress.ts';

/** Smaller files are decompressed before a thread would have started. */
const SMALL = 1 << 20;

type Answer = { readonly bytes: Uint8Array } | { readonly reason: LoadFailureReason; readonly message: string };

/**
 * {@link decompress}, on a thread of its own where the file is large: a server goes on answering while a model is unpacked.
 * Takes `bytes` over: they must not be used afterwards.
 */
export async function decompressOffThread(
  bytes: Uint8Array<ArrayBuffer>,
  compression: Compression,
  maxBytes: number,
): Promise<Uint8Array> {
  if (compression === 'none' || bytes.length < SMALL) return decompress(bytes, compression, maxBytes);
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
