import { InferenceError } from '@berth/inference';
import { GrpcError, grpcErrorFrom, StatusCode } from './transport/status.ts';

/** The status of whatever a method threw. */
export function grpcError(thrown: unknown): GrpcError {
  return thrown instanceof GrpcError ? thrown : grpcErrorFrom(InferenceError.from(thrown));
}

/** Whether the error says that a model or version is not there. */
export function isNotFound(thrown: unknown): boolean {
  return thrown instanceof InferenceError && thrown.code === 'NOT_FOUND';
}

export function invalidArgument(details: string): GrpcError {
  return new GrpcError(StatusCode.INVALID_ARGUMENT, details);
}

export function notOffered(details: string): GrpcError {
  return new GrpcError(StatusCode.UNIMPLEMENTED, details);
}
