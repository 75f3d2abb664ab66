import type { STORAGE_ERRORS } from '@berth/errors';

/** Why a storage URI gave no files; a row of the table of errors, and a CamelCase constant that goes into status. */
export type StorageFailureReason = keyof typeof STORAGE_ERRORS | 'LimitExceeded';

/** A model that could not be fetched; the message is for people and names no folder of our own. */
export class StorageError extends Error {
  readonly reason: StorageFailureReason;
  /** Whether the same request may do better later. */
  readonly isTransient: boolean;
  /** Seconds that the server asked to wait before the next try. */
  readonly retryAfterSeconds?: number;

  constructor(
    reason: StorageFailureReason,
    message: string,
    options: { cause?: unknown; isTransient?: boolean; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StorageError';
    this.reason = reason;
    this.isTransient = options.isTransient ?? false;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A StorageError for an error of the file system; anything else comes back as it is. */
export function fromFileSystemError(thrown: unknown, what: string): unknown {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new StorageError('NoSpace', `no space left on the disk while ${what}; free some, or move the cache`, {
        cause: thrown,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageError('AccessDenied', `permission denied while ${what}`, { cause: thrown });
    case 'ENAMETOOLONG':
      return new StorageError('ArchiveRefused', `a file name is too long for this disk while ${what}`, {
        cause: thrown,
      });
    default:
      return thrown;
  }
}
