import type { Handled } from '../front/handler.ts';

/** A line of the access log, as it is written in JSON. */
export function logLine({
  namespace,
  service,
  revision,
  method,
  path,
  requestId,
  milliseconds,
  outcome,
  peer,
}: Handled): object {
  const { status, retries, waitedMs, reason } = outcome;
  return {
    time: new Date().toISOString(),
    method,
    path: path.slice(0, 500),
    status,
    milliseconds: Math.round(milliseconds * 100) / 100,
    namespace,
    service,
    revision,
    requestId,
    peer,
    ...(retries > 0 ? { retries } : {}),
    ...(waitedMs > 0 ? { waitedMs: Math.round(waitedMs) } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}
