/** The thread behind `decompressOffThread`: one file, then it ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { LoadError } from '@berth/inference';
import { type Compression, decompressLarge } from './decompress.ts';

const { bytes, compression, maxBytes } = workerData as {
  bytes: Uint8Array;
  compression: Compression;
  maxBytes: number;
};

try {
  const out = await decompressLarge(bytes, compression, maxBytes);
  const { buffer } = out;
  // The whole buffer goes over: a copy of its own size would lie beside it, and what was never written takes no memory.
  parentPort?.postMessage({ bytes: out }, [buffer as ArrayBuffer]);
} catch (error) {
  if (!(error instanceof LoadError)) throw error;
  parentPort?.postMessage({ reason: error.reason, message: error.message });
}
