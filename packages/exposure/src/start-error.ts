import type { COMMAND_ERRORS } from '@berth/errors';

/** The rows of the table of errors that a start can end with. */
export type StartErrorCode = keyof typeof COMMAND_ERRORS;

/** A server that can not start; `exitCode` is what the process should end with. */
export class StartError extends Error {
  readonly code: StartErrorCode;
  readonly exitCode: number;

  constructor(message: string, options: { cause?: unknown; exitCode?: number; code?: StartErrorCode } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StartError';
    this.code = options.code ?? 'StartFailed';
    this.exitCode = options.exitCode ?? 1;
  }
}
