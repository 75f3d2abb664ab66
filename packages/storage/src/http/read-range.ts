import type { IncomingMessage } from 'node:http';
import type { ByteRange, RemoteObject } from '../remote/remote-store.ts';
import { StorageError } from '../storage-error.ts';
import type { HttpAccess } from './http-access.ts';
import { openUrl } from './open.ts';
import { statusError } from './status-error.ts';

/** The server sent the whole where a part was asked for; it has to be read in one piece. */
export class RangesIgnored extends StorageError {
  constructor(origin: string) {
    super('DownloadFailed', `${origin} sends whole files where parts are asked for`);
  }
}

/**
 * Reads a part of what a URL has, in the version that its etag names.
 * @throws StorageError ObjectChanged where it has another by now; RangesIgnored
 */
export async function readRange(
  url: string,
  object: RemoteObject,
  range: ByteRange | undefined,
  options: {
    readonly access: HttpAccess;
    readonly credentials: Readonly<Record<string, string>>;
    readonly signal: AbortSignal | undefined;
    /** Take the part out of the whole where a server ignores ranges. */
    readonly cutsWhole?: boolean;
  },
): Promise<AsyncIterable<Uint8Array>> {
  const headers: Record<string, string> = {};
  if (range !== undefined) {
    headers.range = `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}`;
    if (object.etag !== undefined) headers['if-range'] = object.etag;
  }
  const response = await openUrl(url, { ...options, headers });
  try {
    check(url, object, range, response);
    return response;
  } catch (thrown) {
    if (thrown instanceof RangesIgnored && options.cutsWhole === true && response.statusCode === 200) {
      return cutOut(response, range?.start ?? 0, range?.end ?? object.size);
    }
    response.destroy();
    throw thrown;
  }
}

function check(url: string, object: RemoteObject, range: ByteRange | undefined, response: IncomingMessage): void {
  const { origin, pathname } = new URL(url);
  const status = response.statusCode ?? 0;
  const { etag } = response.headers;
  const isOther = object.etag !== undefined && etag !== undefined && etag !== object.etag;
  if (isOther || status === 412 || status === 416) {
    throw new StorageError('ObjectChanged', `${origin}${pathname} has changed while it was downloaded`);
  }
  if (status === 200 && range !== undefined) throw new RangesIgnored(origin);
  if (status !== (range === undefined ? 200 : 206)) throw statusError(url, response);
  if (range === undefined) return;
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '') ?? [];
  if (total !== undefined && total !== '*' && Number(total) !== object.size) {
    throw new StorageError('ObjectChanged', `${origin}${pathname} has another size by now`);
  }
  if (Number(start ?? Number.NaN) !== range.start) throw new RangesIgnored(origin);
}

async function* cutOut(whole: IncomingMessage, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of whole as AsyncIterable<Buffer>) {
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.length, end - at);
    at += chunk.length;
    if (from < to) yield chunk.subarray(from, to);
    // Leaving the loop ends the connection.
    if (at >= end) return;
  }
}
