import { type ErrorEntry, REQUEST_ERRORS } from '@berth/errors';
import type { ErrorCode, InferenceError } from '@berth/inference';

/** The header (gRPC: the trailer) with an error's code, a row of the table of errors. */
export const ERROR_CODE_HEADER = 'berth-error-code';

/** The HTTP status of each kind of error. */
export const STATUS_OF: ReadonlyMap<ErrorCode, number> = new Map(
  Object.entries(REQUEST_ERRORS).map(([code, { status }]) => [code as ErrorCode, status]),
);

/**
 * What a client is told where errors are terse: the table's words instead of a message that may quote the names, the
 * schema or the values of a model. Undefined where the message never does.
 */
export function terseText(code: ErrorCode): string | undefined {
  const entry: ErrorEntry = REQUEST_ERRORS[code];
  return entry.terse === undefined ? undefined : `${entry.terse} (${code})`;
}

/** The message of an error as a client gets it. */
export function shownText(error: InferenceError, isTerse: boolean): string {
  return (isTerse ? terseText(error.code) : undefined) ?? error.message;
}
