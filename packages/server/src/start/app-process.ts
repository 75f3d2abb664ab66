import { randomUUID } from 'node:crypto';
import type { Exposure } from '@berth/exposure';
import { type Authorizer, loadAuthorizer } from '@berth/exposure';
import { MetricsRegistry } from '@berth/telemetry';
import { createDataplane } from '../dataplane/dataplane.ts';
import { createServiceRouter } from '../dataplane/router.ts';
import type { Dataplane, Service } from '../dataplane/types.ts';
import { type Coordination, localCoordination } from '../http/coordination.ts';
import { terseText } from '../http/errors.ts';
import { createHttpHandler } from '../http/handler.ts';
import { type ErrorLog, httpServerOptions, MAX_HEADERS_COUNT } from '../http/options.ts';
import { callObserver } from '../protocols/grpc/observe.ts';
import { grpcMethods } from '../protocols/grpc/routes.ts';
import { GrpcTransport } from '../protocols/grpc/transport/grpc-transport.ts';
import type { GrpcError } from '../protocols/grpc/transport/status.ts';
import type { App, DrainResult } from './options.ts';
import { type ProcessServer, serveProcess } from './serve-process.ts';

/** What one process is told, whether it is the only one or a worker. Structured-cloneable. */
export interface ProcessSettings {
  readonly exposure: Exposure;
  readonly httpPort: number;
  readonly grpcPort: number | false;
  readonly socketPath?: string | undefined;
  readonly maxBodyBytes: number;
  readonly maxInFlight?: number | undefined;
  readonly maxQueue?: number | undefined;
  readonly drainTimeoutMs: number;
  readonly terseErrors?: boolean | undefined;
  /** Whether other processes listen on the same ports. */
  readonly sharesPorts: boolean;
}

/** What several processes do together, made from this process's own parts; a single one leaves it out. */
export type Coordinate = (own: {
  readonly coordination: Coordination;
  readonly dataplane: Dataplane;
  readonly metrics: MetricsRegistry;
}) => Coordination;

export interface AppProcess {
  readonly server: ProcessServer;
  /** Not ready at once, ends what is under way, closes models and app. May be called more than once. */
  drain(timeoutMs: number): Promise<DrainResult>;
  /** Cuts everything. */
  close(): Promise<void>;
}

/**
 * Puts the parts of one process together: services, dataplane, HTTP and gRPC, ports.
 * @throws StartError
 */
export async function startAppProcess(
  app: App,
  settings: ProcessSettings,
  onNotice: (message: string) => void,
  coordinate?: Coordinate,
): Promise<AppProcess> {
  const { exposure } = settings;
  const authorizer = exposure.apiKeyFile === undefined ? undefined : loadAuthorizer(exposure.apiKeyFile);
  const metrics = new MetricsRegistry();
  const router = createServiceRouter(app.services);
  const hosts = managementHosts(app.services);
  app.onServices?.((services) => {
    router.replace(services);
    for (const host of managementHosts(services)) hosts.add(host);
  });
  const dataplane = createDataplane({
    metrics,
    ...(settings.maxInFlight === undefined ? {} : { maxInFlight: settings.maxInFlight }),
    ...(settings.maxQueue === undefined ? {} : { maxQueued: settings.maxQueue }),
  });
  let draining = false;
  const own = localCoordination({ dataplane, metrics, draining: () => draining });
  const coordination = coordinate?.({ coordination: own, dataplane, metrics }) ?? own;
  const log = app.log ?? noticeLog(onNotice);
  const shown = settings.terseErrors === true ? tersely(log) : undefined;
  const methods = grpcMethods({
    router,
    dataplane,
    coordination,
    modelControl: exposure.modelControl,
    maxTensorBytes: settings.maxBodyBytes,
    makeId: randomUUID,
    ...(shown && { shown }),
  });
  const grpc = new GrpcTransport({
    methods,
    onEnd: callObserver(methods.keys(), metrics, app.accessLog),
    maxMessageBytes: settings.maxBodyBytes,
    ...(authorizer && { authorize: authorizer.grpc }),
    ...(shown && { shown }),
    onInternalError: (error, path) => log.error({ err: error, route: path }, 'call failed'),
  });
  const http = createHttpHandler({
    router,
    dataplane,
    coordination,
    metrics,
    modelControl: exposure.modelControl,
    ...(exposure.plan.loopback && { managementHosts: hosts }),
    log,
    ...(settings.terseErrors === true && { terseErrors: true }),
    ...(app.accessLog && { accessLog: app.accessLog }),
    limits: { maxBodyBytes: settings.maxBodyBytes },
    ...(authorizer && { authorize: httpAuthorization(authorizer) }),
    ...(app.extraRoutes && { extraRoutes: app.extraRoutes }),
  });
  const server = await serveProcess({
    plan: exposure.plan,
    httpPort: settings.httpPort,
    grpcPort: settings.grpcPort,
    socketPath: settings.socketPath,
    sharesPorts: settings.sharesPorts,
    httpServerOptions,
    maxHeaders: MAX_HEADERS_COUNT,
    http,
    grpc,
    onNotice,
  });
  const closeApp = async () => {
    await Promise.allSettled(router.services.map((service: Service) => service.repository.close()));
    await http.close();
    await app.close?.();
  };
  let drained: Promise<DrainResult> | undefined;
  return {
    server,
    drain(timeoutMs) {
      draining = true;
      drained ??= server.drain(timeoutMs).then(async (result) => {
        // A request that was cut may hold its model for as long as it likes; the process ends without it.
        await within(result.cut > 0 ? CUT_CLOSE_MS : CLOSE_MS, closeApp());
        return result;
      });
      return drained;
    },
    async close() {
      draining = true;
      await server.close();
      await within(CUT_CLOSE_MS, closeApp());
    },
  };
}

/** Milliseconds that models have to close, where nothing uses them and where something still may. */
const CLOSE_MS = 5_000;
const CUT_CLOSE_MS = 250;

async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Names of this machine: on loopback, a page that rebinds its name to 127.0.0.1 must not reach the management routes. */
function managementHosts(services: readonly Service[]): Set<string> {
  return new Set(['localhost', '127.0.0.1', '[::1]', '::1', ...services.flatMap((service) => service.hosts)]);
}

/** gRPC's errors in the table's words; what they said goes to the log. */
function tersely(log: ErrorLog) {
  return (error: GrpcError, path: string, requestId: string | undefined): string => {
    const text = terseText(error.errorCode);
    if (text === undefined || text === error.message) return error.message;
    if (error.errorCode !== 'INTERNAL') {
      log.warn?.({ code: error.errorCode, requestId, route: path, reason: error.message }, 'call refused');
    }
    return text;
  };
}

function noticeLog(onNotice: (message: string) => void): ErrorLog {
  return {
    warn: (fields, message) => onNotice(`${message}: ${JSON.stringify(fields)}`),
    error: (fields, message) => {
      const { err } = fields as { err?: unknown };
      onNotice(err === undefined ? message : `${message}: ${describe(err)}`);
    },
  };
}

function httpAuthorization(authorizer: Authorizer) {
  return (request: { method?: string | undefined; headers: { authorization?: string | undefined } }, path: string) => {
    const refusal = authorizer.http(request.method, path, request.headers.authorization);
    return refusal === undefined ? { allowed: true as const } : { allowed: false as const, ...refusal };
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
