import { randomBytes } from 'node:crypto';

const MAX_REQUEST_ID = 256;

/** A client's `x-request-id` where it may be sent back and logged: printable ASCII, not too long. */
export function requestId(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string' || value.length === 0 || value.length > MAX_REQUEST_ID) return undefined;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < 0x21 || code > 0x7e) return undefined;
  }
  return value;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The `traceparent` of our own span in the caller's trace (W3C Trace Context); undefined where the caller's is invalid. */
export function traceParent(incoming: string | undefined): string | undefined {
  if (incoming === undefined || incoming.length !== 55) return undefined;
  const parts = TRACEPARENT.exec(incoming);
  if (parts === null || /^0+$/.test(parts[1]) || /^0+$/.test(parts[2])) return undefined;
  return `00-${parts[1]}-${randomBytes(8).toString('hex')}-${parts[3]}`;
}
