import type { Counter, MetricsRegistry } from '@berth/telemetry';
import type { AccessEntry } from '../../http/options.ts';
import { requestId } from '../../http/tracing.ts';
import type { ActiveCall } from './transport/active-call.ts';
import { StatusCode } from './transport/status.ts';

const CODE_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(StatusCode).map(([name, code]) => [code, name]));

/** The HTTP status that stands for a gRPC code in the access log (google/rpc/code.proto's mapping). */
const HTTP_STATUS: ReadonlyMap<number, number> = new Map<number, number>([
  [StatusCode.OK, 200],
  [StatusCode.CANCELLED, 499],
  [StatusCode.INVALID_ARGUMENT, 400],
  [StatusCode.DEADLINE_EXCEEDED, 504],
  [StatusCode.NOT_FOUND, 404],
  [StatusCode.PERMISSION_DENIED, 403],
  [StatusCode.RESOURCE_EXHAUSTED, 429],
  [StatusCode.FAILED_PRECONDITION, 400],
  [StatusCode.UNIMPLEMENTED, 501],
  [StatusCode.UNAVAILABLE, 503],
  [StatusCode.UNAUTHENTICATED, 401],
]);

/** Characters of a path that the log keeps: a client chooses it. */
const MAX_PATH = 200;

/**
 * Counts each call that has ended by service, method and code, under the name that gRPC's Prometheus libraries (and so
 * MLServer) use, and writes the access log. A method that is not offered has no series of its own.
 */
export function callObserver(
  paths: Iterable<string>,
  metrics: MetricsRegistry,
  accessLog?: (entry: AccessEntry) => void,
): (call: ActiveCall, durationMs: number) => void {
  const labels = ['grpc_service', 'grpc_method', 'grpc_code'];
  const family = metrics.counter('grpc_server_handled_total', 'gRPC calls by service, method and code', labels);
  const counters = new Map<string, Counter[]>();
  for (const path of paths) counters.set(path, []);
  const unknown: Counter[] = [];
  return (call, durationMs) => {
    const { path, code } = call;
    const byCode = counters.get(path) ?? unknown;
    const [, service, method] = byCode === unknown ? ['', 'unknown', 'unknown'] : path.split('/', 3);
    byCode[code] ??= family.with(service as string, method as string, CODE_NAMES.get(code) ?? 'UNKNOWN');
    byCode[code].add();
    accessLog?.({
      method: 'GRPC',
      path: path.slice(0, MAX_PATH),
      status: HTTP_STATUS.get(code) ?? 500,
      requestId: requestId(call.headers['x-request-id']) ?? '',
      durationMs,
    });
  };
}
