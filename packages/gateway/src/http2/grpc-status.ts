/** gRPC status codes that the gateway gives itself (grpc/doc/statuscodes.md). */
export const GRPC = {
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The gRPC status for an HTTP one. */
export function grpcStatusOf(status: number): number {
  if (status === 400) return GRPC.invalidArgument;
  if (status === 404) return GRPC.notFound;
  if (status === 401 || status === 403) return GRPC.unauthenticated;
  if (status === 429 || status === 431) return GRPC.resourceExhausted;
  if (status === 504 || status === 408) return GRPC.deadlineExceeded;
  return GRPC.unavailable;
}

/** Percent-encoding of `grpc-message` (gRPC over HTTP/2). */
export function grpcMessage(text: string): string {
  return [...Buffer.from(text.slice(0, 2_000))]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);

/** Milliseconds of `grpc-timeout`; undefined where it is not there or none. */
export function grpcTimeoutMs(header: unknown): number | undefined {
  const match = typeof header === 'string' ? /^(\d{1,8})([HMSmun])$/.exec(header) : null;
  return match === null ? undefined : Number(match[1]) * (UNITS.get(match[2] as string) as number);
}
