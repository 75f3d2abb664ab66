import { promisify } from 'node:util';
import { deflate, gunzip, gunzipSync, gzip, inflate, inflateSync } from 'node:zlib';
import { frameOf, frameOverhead, tooLarge } from './framing.ts';
import { GrpcError, StatusCode } from './status.ts';

export type Encoding = 'identity' | 'gzip' | 'deflate';
export const ACCEPTED_ENCODINGS = 'identity,gzip,deflate';

/** Messages that are smaller than this do not gain from compression. */
const WORTH_COMPRESSING = 1_024;

const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** The encoding that `grpc-encoding` names. @throws GrpcError UNIMPLEMENTED with what is accepted. */
export function requestEncoding(header: string | undefined): Encoding {
  if (header === undefined || header === 'identity') return 'identity';
  if (header === 'gzip' || header === 'deflate') return header;
  throw new GrpcError(
    StatusCode.UNIMPLEMENTED,
    `grpc-encoding "${header.slice(0, 40)}" is not known; use identity, gzip or deflate`,
    { trailers: { 'grpc-accept-encoding': ACCEPTED_ENCODINGS } },
  );
}

/** Messages of so many bytes are decompressed at once: they hold some megabytes at most, which take milliseconds. */
const SMALL = 4_096;

const inflaters = { gzip: gunzip, deflate: inflate };

type Inflated = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };

/**
 * Undoes the compression of one message, a large one's off this thread.
 * @throws GrpcError RESOURCE_EXHAUSTED where the output passes `limit`, INVALID_ARGUMENT for damaged or surplus bytes,
 *   INTERNAL for a compressed message in a call that named no encoding (as the protocol asks).
 */
export function decompress(bytes: Buffer, encoding: Encoding, limit: number): Buffer | Promise<Buffer> {
  if (encoding === 'identity') {
    throw new GrpcError(StatusCode.INTERNAL, 'a message is flagged as compressed but the call names no grpc-encoding');
  }
  const options = { maxOutputLength: Math.max(1, limit), info: true };
  if (bytes.length > SMALL) {
    return new Promise((resolve, reject) => {
      inflaters[encoding](bytes, options, (error, result) => {
        if (error !== null) return reject(refused(error, encoding, limit));
        try {
          resolve(whole(result as unknown as Inflated, bytes, encoding));
        } catch (surplus) {
          reject(surplus);
        }
      });
    });
  }
  let result: Inflated;
  try {
    result = (encoding === 'gzip' ? gunzipSync : inflateSync)(bytes, options) as unknown as Inflated;
  } catch (error) {
    throw refused(error, encoding, limit);
  }
  return whole(result, bytes, encoding);
}

function refused(error: unknown, encoding: Encoding, limit: number): GrpcError {
  if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(undefined, limit);
  return new GrpcError(StatusCode.INVALID_ARGUMENT, `a message is not valid ${encoding}; was it cut?`);
}

function whole(result: Inflated, bytes: Buffer, encoding: Encoding): Buffer {
  if (result.engine.bytesWritten !== bytes.length) {
    throw new GrpcError(StatusCode.INVALID_ARGUMENT, `a ${encoding} message has bytes after its end`);
  }
  return result.buffer;
}

/**
 * The encoding for the answers of a call: the one its request used, if the client accepts it back. A client that sends
 * plain gets plain: compressing costs more than a local network does.
 */
export function responseEncoding(request: Encoding, accepted: string | undefined): Encoding {
  if (request === 'identity' || accepted === undefined) return 'identity';
  return accepted.split(',').some((name) => name.trim() === request) ? request : 'identity';
}

/** Compresses a frame where that is worth it. */
export async function compressFrame(frame: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'identity' || frame.length < WORTH_COMPRESSING) return frame;
  return frameOf(await compressors[encoding](frame.subarray(frameOverhead)), true);
}
