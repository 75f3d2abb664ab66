import { StartError, type StartErrorCode } from '@berth/exposure';
import { type ErrorCode, InferenceError } from '@berth/inference';

/** An error as it travels between processes. */
export interface RemoteError {
  readonly kind: 'inference' | 'start' | 'other';
  readonly message: string;
  readonly code?: ErrorCode;
  readonly retryAfterSeconds?: number;
  readonly exitCode?: number;
  /** Of a start that failed. */
  readonly startCode?: StartErrorCode;
}

export function toRemoteError(thrown: unknown): RemoteError {
  if (thrown instanceof InferenceError) {
    const { code, message, retryAfterSeconds } = thrown;
    return { kind: 'inference', code, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  }
  if (thrown instanceof StartError)
    return { kind: 'start', message: thrown.message, startCode: thrown.code, exitCode: thrown.exitCode };
  return { kind: 'other', message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
}

export function fromRemoteError(error: RemoteError): Error {
  if (error.kind === 'inference') {
    const { code = 'INTERNAL', message, retryAfterSeconds } = error;
    return new InferenceError(code, message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  }
  if (error.kind === 'start') {
    return new StartError(error.message, { exitCode: error.exitCode ?? 1, code: error.startCode ?? 'StartFailed' });
  }
  return new Error(error.message);
}
