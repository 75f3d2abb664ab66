import type { IncomingMessage } from 'node:http';
import { StorageError } from '../storage-error.ts';

const PERMANENT_STATUSES: ReadonlyMap<number, string> = new Map([
  [401, 'it wants credentials'],
  [403, 'it refuses access'],
  [404, 'there is no such file'],
  [410, 'the file is gone'],
  [451, 'it refuses for legal reasons'],
]);

/** What an answer that is not the file means; the text of the answer is not read. */
export function statusError(url: string, response: IncomingMessage): StorageError {
  const status = response.statusCode ?? 0;
  const { origin, pathname } = new URL(url);
  const why = PERMANENT_STATUSES.get(status);
  const message = `${origin}${pathname} answers ${status}${why === undefined ? '' : `: ${why}`}`;
  const reason =
    status === 404 || status === 410
      ? 'NotFound'
      : status === 401 || status === 403
        ? 'AccessDenied'
        : 'DownloadFailed';
  const isTransient = status >= 500 || status === 408 || status === 425 || status === 429;
  return new StorageError(reason, message, { isTransient, retryAfterSeconds: retryAfter(response) });
}

/** Retry-After in seconds, given as seconds or as a date; a minute at most. */
export function retryAfter(response: IncomingMessage): number | undefined {
  const text = response.headers['retry-after'];
  if (text === undefined || text.trim() === '') return undefined;
  const seconds = /^\d{1,9}$/.test(text.trim()) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(60, Math.max(0, seconds)) : undefined;
}
