import type { LOAD_ERRORS, REQUEST_ERRORS } from '@berth/errors';

/** What went wrong, in the terms that every protocol can map; the table of errors says what each means. */
export type ErrorCode = keyof typeof REQUEST_ERRORS;

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

  /** By name: an engine that is installed on its own carries a class of its own. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return isErrorNamed(thrown, 'InferenceError');
  }

  /** Turns anything that was thrown into an InferenceError; what is not one becomes INTERNAL and keeps its cause. */
  static from(thrown: unknown): InferenceError {
    if (thrown instanceof InferenceError) return thrown;
    return new InferenceError('INTERNAL', 'internal error; the server log has the cause', { cause: thrown });
  }
}

function isErrorNamed(thrown: unknown, name: string): boolean {
  return thrown instanceof Error && thrown.name === name;
}

/** Shorthand for the most frequent error. */
export function invalidInput(message: string): InferenceError {
  return new InferenceError('INVALID_INPUT', message);
}

/** Why a model can not be loaded; a row of the table of errors, and a CamelCase constant that goes into status. */
export type LoadFailureReason = keyof typeof LOAD_ERRORS;

/** A model that can not be loaded: `message` says what, where in the file, and what to do. */
export class LoadError extends Error {
  readonly reason: LoadFailureReason;

  constructor(reason: LoadFailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LoadError';
    this.reason = reason;
  }

  /** By name, as InferenceError. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return isErrorNamed(thrown, 'LoadError');
  }
}
