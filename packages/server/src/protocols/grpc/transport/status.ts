import type { ErrorCode, InferenceError } from '@berth/inference';

/** gRPC status codes (grpc/grpc doc/statuscodes.md). */
export const StatusCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode];

/** The row of the table of errors for a status that names none. */
const ERROR_OF_CODE: ReadonlyMap<StatusCode, ErrorCode> = new Map<StatusCode, ErrorCode>([
  [StatusCode.CANCELLED, 'CANCELLED'],
  [StatusCode.INVALID_ARGUMENT, 'INVALID_INPUT'],
  [StatusCode.DEADLINE_EXCEEDED, 'DEADLINE'],
  [StatusCode.NOT_FOUND, 'NOT_FOUND'],
  [StatusCode.PERMISSION_DENIED, 'FORBIDDEN'],
  [StatusCode.RESOURCE_EXHAUSTED, 'TOO_LARGE'],
  [StatusCode.FAILED_PRECONDITION, 'INVALID_INPUT'],
  [StatusCode.UNIMPLEMENTED, 'UNIMPLEMENTED'],
  [StatusCode.UNAVAILABLE, 'NOT_READY'],
  [StatusCode.UNAUTHENTICATED, 'UNAUTHENTICATED'],
]);

/** What ends a call that failed; `details` is for the person who sent the request. */
export class GrpcError extends Error {
  readonly code: StatusCode;
  /** The row of the table of errors. */
  readonly errorCode: ErrorCode;
  /** Metadata that goes with the status, e.g. `retry-after`. */
  readonly trailers: Readonly<Record<string, string>> | undefined;

  constructor(
    code: StatusCode,
    details: string,
    options: { trailers?: Readonly<Record<string, string>>; cause?: unknown; errorCode?: ErrorCode } = {},
  ) {
    super(details, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GrpcError';
    this.code = code;
    this.errorCode = options.errorCode ?? ERROR_OF_CODE.get(code) ?? 'INTERNAL';
    this.trailers = options.trailers;
  }
}

const CODE_OF_ERROR: Readonly<Record<ErrorCode, StatusCode>> = {
  INVALID_INPUT: StatusCode.INVALID_ARGUMENT,
  UNAUTHENTICATED: StatusCode.UNAUTHENTICATED,
  FORBIDDEN: StatusCode.PERMISSION_DENIED,
  NOT_FOUND: StatusCode.NOT_FOUND,
  METHOD_NOT_ALLOWED: StatusCode.UNIMPLEMENTED,
  TOO_LARGE: StatusCode.RESOURCE_EXHAUSTED,
  UNSUPPORTED_MEDIA: StatusCode.INVALID_ARGUMENT,
  NOT_READY: StatusCode.UNAVAILABLE,
  OVERLOADED: StatusCode.UNAVAILABLE,
  DEADLINE: StatusCode.DEADLINE_EXCEEDED,
  CANCELLED: StatusCode.CANCELLED,
  UNIMPLEMENTED: StatusCode.UNIMPLEMENTED,
  INTERNAL: StatusCode.INTERNAL,
};

/** The status of an inference error; how long to wait goes as `retry-after` (seconds), as HTTP has it. */
export function grpcErrorFrom(error: InferenceError): GrpcError {
  const trailers =
    error.retryAfterSeconds === undefined ? undefined : { 'retry-after': String(Math.ceil(error.retryAfterSeconds)) };
  return new GrpcError(CODE_OF_ERROR[error.code], error.message, {
    ...(trailers && { trailers }),
    errorCode: error.code,
    cause: error.cause,
  });
}

/** Longest `grpc-message` in characters before escapes: clients refuse header lists of more than 8 KiB. */
const MAX_MESSAGE = 1_500;

/**
 * Escapes a text for the header `grpc-message`: printable ASCII but `%` stays, every other UTF-8 byte becomes `%XX`
 * (grpc/grpc doc/PROTOCOL-HTTP2.md, "Percent-Byte-Encoded").
 */
export function encodeGrpcMessage(text: string): string {
  const cut = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
  let plain = true;
  for (let at = 0; at < cut.length; at++) {
    const code = cut.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === 0x25) {
      plain = false;
      break;
    }
  }
  if (plain) return cut;
  let out = '';
  for (const byte of Buffer.from(cut, 'utf8')) {
    if (byte < 0x20 || byte > 0x7e || byte === 0x25) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    else out += String.fromCharCode(byte);
  }
  return out;
}
