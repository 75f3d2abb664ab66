import { decideExposure, StartError } from '@berth/exposure';
import { type ProcessSettings, startAppProcess } from './app-process.ts';
import { EXIT_CUT } from './exit-codes.ts';
import type { App, DrainResult, RunningServer, ServerOptions } from './options.ts';
import { handleSignals } from './signals.ts';

const DEFAULT_HTTP_PORT = 8080;
const DEFAULT_GRPC_PORT = 8081;
const DEFAULT_DRAIN_MS = 30_000;
const DEFAULT_MAX_BODY_BYTES = 64 << 20;

/**
 * Starts a model server: builds the app, opens the ports, and serves every protocol until drained.
 * @throws StartError (port in use, exposure without keys, several workers without an app module) with a text for people.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const onNotice = options.onNotice ?? ((message: string) => process.stderr.write(`${message}\n`));
  const settings = processSettings(options);
  for (const warning of settings.exposure.warnings) onNotice(warning);
  const workers = options.workers ?? 1;
  if (!Number.isInteger(workers) || workers < 1) {
    throw new StartError(`--workers ${workers} is not a whole number from 1 up`, {
      code: 'InvalidOption',
      exitCode: 2,
    });
  }
  if (workers > 1 && options.socketPath !== undefined) {
    throw new StartError('one process listens on a socket; leave --workers out, and start more servers instead');
  }
  const server =
    workers === 1
      ? await startHere(options, settings, onNotice)
      : await (await import('../workers/start-workers.ts')).startWorkers(options, settings, workers, onNotice);
  if (options.handleSignals) handleSignals(server, onNotice);
  return server;
}

function processSettings(options: ServerOptions): ProcessSettings {
  return {
    exposure:
      options.socketPath === undefined
        ? decideExposure(options, options.env ?? process.env)
        : decideExposure({ ...options, host: 'localhost' }, {}),
    socketPath: options.socketPath,
    httpPort: portNumber(options.httpPort ?? DEFAULT_HTTP_PORT, '--http-port'),
    grpcPort: options.grpcPort === false ? false : portNumber(options.grpcPort ?? DEFAULT_GRPC_PORT, '--grpc-port'),
    maxBodyBytes: options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    maxInFlight: options.maxInFlight,
    maxQueue: options.maxQueue,
    drainTimeoutMs: options.drainTimeoutMs ?? DEFAULT_DRAIN_MS,
    terseErrors: options.terseErrors,
    sharesPorts: false,
  };
}

function portNumber(port: number, flag: string): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new StartError(`${flag} ${port} is not a port; give a number from 0 to 65535`, {
    code: 'InvalidOption',
    exitCode: 2,
  });
}

/** The whole server in this process. */
async function startHere(
  options: ServerOptions,
  settings: ProcessSettings,
  onNotice: (message: string) => void,
): Promise<RunningServer> {
  const { create, config } = await appCreator(options);
  const app: App = await create(config as never, { worker: 0, report: (report) => options.onReport?.(report, 0) });
  const running = await startAppProcess(app, settings, onNotice).catch(async (error) => {
    await Promise.allSettled(app.services.map((service) => service.repository.close()));
    await app.close?.();
    throw error;
  });
  const ready = Promise.resolve(app.settled);
  ready.catch((error) =>
    onNotice(`the first loads ended with an error: ${error instanceof Error ? error.message : error}`),
  );
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  return {
    urls: running.server.urls,
    httpPort: running.server.httpPort,
    grpcPort: running.server.grpcPort,
    ready,
    ended,
    async drain(): Promise<DrainResult> {
      const result = await running.drain(settings.drainTimeoutMs);
      end(result.cut > 0 ? EXIT_CUT : 0);
      return result;
    },
    async close() {
      // Decided before the cut, which a drain under way would take for the end of its requests.
      end(running.server.active > 0 ? EXIT_CUT : 0);
      await running.close();
    },
  };
}

async function appCreator(options: ServerOptions) {
  if ('create' in options.app) return { create: options.app.create, config: undefined };
  const module = await import(options.app.module);
  if (typeof module.createApp !== 'function') throw new StartError(`${options.app.module} has no export createApp`);
  return {
    create: module.createApp as Extract<ServerOptions['app'], { create: unknown }>['create'],
    config: options.app.config,
  };
}
