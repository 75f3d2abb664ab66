/**
 * What went wrong, in the terms that every protocol can map:
 * the client can fix it (INVALID_INPUT 400, NOT_FOUND 404, TOO_LARGE 413, UNSUPPORTED_MEDIA 415, FORBIDDEN 403,
 * UNAUTHENTICATED 401, METHOD_NOT_ALLOWED 405), it may pass (NOT_READY 503, OVERLOADED 503, DEADLINE 504, CANCELLED 499),
 * it is not offered (UNIMPLEMENTED 501), or it is our own fault (INTERNAL 500).
 */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'TOO_LARGE'
  | 'UNSUPPORTED_MEDIA'
  | 'NOT_READY'
  | 'OVERLOADED'
  | 'DEADLINE'
  | 'CANCELLED'
  | 'UNIMPLEMENTED'
  | 'INTERNAL';

/**
 * The one error that crosses package borders. `message` is meant for the person who sent the request: what happened and
 * what to do, never a path under our state folder, a stack or an environment value; `cause` is for the log only.
 */
export class InferenceError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which the client may try again (NOT_READY and OVERLOADED). */
  readonly retryAfterSeconds?: number;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'InferenceError';
    this.code = code;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** Turns anything that was thrown into an InferenceError; what is not one becomes INTERNAL and keeps its cause. */
  static from(thrown: unknown): InferenceError {
    if (thrown instanceof InferenceError) return thrown;
    return new InferenceError('INTERNAL', 'internal error; the server log has the cause', { cause: thrown });
  }
}

/** Shorthand for the most frequent error. */
export function invalidInput(message: string): InferenceError {
  return new InferenceError('INVALID_INPUT', message);
}

/** Why a model can not be loaded; `reason` is a CamelCase constant that goes into status. */
export type LoadFailureReason =
  /** The file is damaged, cut or inconsistent. */
  | 'CorruptModel'
  /** The file asks for code or a class that is not on the list of known ones. */
  | 'UnsafeModel'
  /** A class, operator or version that has no native evaluator. */
  | 'UnsupportedModel'
  /** No model file, two model files, or a folder of a shape that no format knows. */
  | 'ModelLayout'
  /** It can not be read: permissions, missing, an I/O error. */
  | 'ModelUnreadable'
  /** An engine package that is not installed. */
  | 'EngineMissing'
  /** It loads but its shipped warm-up request fails. */
  | 'WarmupFailed'
  /** It would pass a bound (bytes, nodes, time). */
  | 'LimitExceeded';

/** A model that can not be loaded: `message` says what, where in the file, and what to do. */
export class LoadError extends Error {
  readonly reason: LoadFailureReason;

  constructor(reason: LoadFailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LoadError';
    this.reason = reason;
  }
}
