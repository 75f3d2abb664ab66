import type { ErrorCode } from '@berth/inference';

/** The HTTP status of each kind of error. */
export const STATUS_OF: ReadonlyMap<ErrorCode, number> = new Map([
  ['INVALID_INPUT', 400],
  ['UNAUTHENTICATED', 401],
  ['FORBIDDEN', 403],
  ['NOT_FOUND', 404],
  ['METHOD_NOT_ALLOWED', 405],
  ['TOO_LARGE', 413],
  ['UNSUPPORTED_MEDIA', 415],
  ['CANCELLED', 499],
  ['INTERNAL', 500],
  ['UNIMPLEMENTED', 501],
  ['NOT_READY', 503],
  ['OVERLOADED', 503],
  ['DEADLINE', 504],
]);
