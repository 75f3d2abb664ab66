import { StorageError, type StorageFailureReason } from '../storage-error.ts';
import type { CloudFailure } from './cloud-client.ts';

/** What a code of a cloud means to the person who wrote the URI. */
export interface Meaning {
  readonly reason: StorageFailureReason;
  /** Follows the name of the store and a colon. */
  readonly words: string;
  readonly isTransient?: boolean;
}

/** Statuses of HTTP that may pass by themselves. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);
const BY_STATUS: ReadonlyMap<number, Meaning> = new Map([
  [400, { reason: 'DownloadFailed', words: 'it does not understand the request' }],
  [401, { reason: 'AccessDenied', words: 'it wants credentials' }],
  [403, { reason: 'AccessDenied', words: 'access is denied' }],
  [404, { reason: 'NotFound', words: 'there is no such bucket or object' }],
  [409, { reason: 'DownloadFailed', words: 'it is in conflict with another operation', isTransient: true }],
  [412, { reason: 'ObjectChanged', words: 'the object has changed since it was listed' }],
  [416, { reason: 'ObjectChanged', words: 'the object is shorter than when it was listed' }],
]);

/**
 * A failure of a cloud in words: by the cloud's own code, then by status, then by what the network said. The cloud's text
 * is not shown, since it may repeat what it was sent.
 * @param name of the store, for people
 */
export function explain(
  thrown: unknown,
  name: string,
  meanings: (failure: CloudFailure) => Meaning | undefined,
  signal?: AbortSignal,
): StorageError {
  if (signal?.aborted === true) return new StorageError('DownloadCancelled', 'the download was cancelled');
  const inner = inChain(thrown, (one): one is StorageError => one instanceof StorageError);
  if (inner !== undefined) return inner;
  const failure = inChain(thrown, isCloudFailure);
  if (failure === undefined) return ofNetwork(thrown, name);
  const meaning = meanings(failure) ?? (failure.status === undefined ? undefined : byStatus(failure.status));
  if (meaning === undefined) return ofNetwork(failure, name);
  const isTransient = meaning.isTransient ?? (meaning.reason === 'ObjectChanged' || TRANSIENT.has(failure.status ?? 0));
  return new StorageError(meaning.reason, `${name}: ${meaning.words}`, {
    cause: failure,
    isTransient,
    retryAfterSeconds: failure.retryAfterSeconds,
  });
}

function byStatus(status: number): Meaning {
  const known = BY_STATUS.get(status);
  if (known !== undefined) return known;
  const words = TRANSIENT.has(status) ? `it answers ${status}, which may pass` : `it answers ${status}`;
  return { reason: 'DownloadFailed', words };
}

/** Without an answer: the codes of sockets, names and certificates. */
function ofNetwork(thrown: unknown, name: string): StorageError {
  const coded = inChain(thrown, (one): one is Error & { code: string } => {
    return one instanceof Error && typeof (one as NodeJS.ErrnoException).code === 'string' && !isCloudFailure(one);
  });
  const code = coded?.code ?? '';
  const isCertificate = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO/.test(code);
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : isCertificate
        ? `its certificate is not trusted (${code}); give its CA in a CA bundle`
        : code === 'EPROTO' || code.startsWith('ERR_SSL')
          ? 'it does not speak TLS there; is it http?'
          : (coded?.message ?? (thrown instanceof Error ? thrown.message : String(thrown))).slice(0, 300);
  const isTransient = !isCertificate && code !== 'EPROTO' && !code.startsWith('ERR_SSL');
  const cause = coded === undefined || holdsRequest(coded) ? {} : { cause: coded };
  return new StorageError('DownloadFailed', `${name}: ${why}`, { ...cause, isTransient });
}

/** Errors of HTTP clients carry what was sent, and so keys and tokens; they go no further. */
function holdsRequest(error: Error): boolean {
  return 'request' in error || 'config' in error || '$metadata' in error;
}

/** By name, since a workspace that is loaded by name may have a class of its own. */
function isCloudFailure(one: unknown): one is CloudFailure {
  return one instanceof Error && one.name === 'CloudFailure';
}

/** The first error of a chain of causes that is wanted. */
function inChain<T>(thrown: unknown, isWanted: (one: unknown) => one is T): T | undefined {
  const pending: unknown[] = [thrown];
  for (let steps = 0; steps < 20 && pending.length > 0; steps++) {
    const one = pending.shift();
    if (isWanted(one)) return one;
    if (!(one instanceof Error)) continue;
    if (one instanceof AggregateError) pending.push(...one.errors);
    if (one.cause !== undefined) pending.push(one.cause);
  }
  return undefined;
}
