/** The thread behind `decompressOffThread`: one file, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { LoadError } from '@berth/inference';
import { type Compression, decompress } from './decompress.ts';

const { bytes, compression, maxBytes } = workerData as {
  bytes: Uint8Array;
  compression: Compression;
  maxBytes: number;
};

try {
  // A copy of its own size: the decoder's buffer may be larger, and a view of it can not be handed over.
  const out = new Uint8Array(decompress(bytes, compression, maxBytes));
  parentPort?.postMessage({ bytes: out }, [out.buffer]);
} catch (error) {
  if (!(error instanceof LoadError)) throw error;
  parentPort?.postMessage({ reason: error.reason, message: error.message });
}
