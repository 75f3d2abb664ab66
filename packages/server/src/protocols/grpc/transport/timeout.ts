import { GrpcError, StatusCode } from './status.ts';

const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1_000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);
const DIGITS = /^[0-9]{1,8}$/;

/**
 * Milliseconds of a `grpc-timeout` header: up to eight digits and a unit (grpc/grpc doc/PROTOCOL-HTTP2.md, "Timeout").
 * @throws GrpcError INVALID_ARGUMENT for any other text.
 */
export function parseTimeout(header: string): number {
  const unit = MILLISECONDS.get(header.slice(-1));
  const digits = header.slice(0, -1);
  if (unit === undefined || !DIGITS.test(digits)) {
    throw new GrpcError(
      StatusCode.INVALID_ARGUMENT,
      `grpc-timeout "${header.slice(0, 20)}" is not understood; it is up to 8 digits and one of H M S m u n`,
    );
  }
  return Number(digits) * unit;
}
