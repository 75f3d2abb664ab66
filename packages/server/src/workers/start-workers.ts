import cluster from 'node:cluster';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from '@berth/exposure';
import { bind } from '../listeners/bind.ts';
import type { ProcessSettings } from '../start/app-process.ts';
import { EXIT_CUT } from '../start/exit-codes.ts';
import type { DrainResult, RunningServer, ServerOptions } from '../start/options.ts';
import { WorkerPool } from './pool.ts';

/**
 * Requests leave short-lived objects only; V8 would let the space for these grow to three times 32 MiB in each worker.
 * Measured: the same requests a second, 100 MB less resident memory.
 */
const SMALL_NURSERY = '--max-semi-space-size=8';

/**
 * Starts a server of several processes that share the ports; this one only watches over them.
 * @throws StartError
 */
export async function startWorkers(
  options: ServerOptions,
  settings: ProcessSettings,
  workers: number,
  onNotice: (message: string) => void,
): Promise<RunningServer> {
  if (!('module' in options.app)) {
    throw new StartError('several workers need an app module: each process imports it for itself');
  }
  if (cluster.isWorker) throw new StartError('a worker process can not have workers of its own');
  const ports = await reservePorts(settings);
  cluster.setupPrimary({
    exec: fileURLToPath(new URL(`./worker-main${extname(fileURLToPath(import.meta.url))}`, import.meta.url)),
    args: [],
    execArgv: [...process.execArgv.filter((argument) => !/^--(test|inspect|eval|print)/.test(argument)), SMALL_NURSERY],
    serialization: 'advanced',
  });
  const pool = new WorkerPool({
    module: options.app.module,
    config: options.app.config,
    settings: { ...settings, ...ports, sharesPorts: true },
    workers,
    onReport: options.onReport ?? (() => undefined),
    onNotice,
  });
  const { listening, settled } = await pool.start();
  let end: (code: number) => void = () => undefined;
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  let draining: Promise<DrainResult> | undefined;
  return {
    ...listening,
    ready: settled,
    ended,
    get workerPids() {
      return pool.pids;
    },
    drain() {
      draining ??= pool.drain(settings.drainTimeoutMs).then((cut) => {
        end(cut > 0 ? EXIT_CUT : 0);
        return { cut };
      });
      return draining;
    },
    async close() {
      // Only the workers know what is under way; a drain that is cut short had something.
      end(draining === undefined ? 0 : EXIT_CUT);
      await pool.kill();
    },
  };
}

/**
 * Listens once on each port without sharing it, and lets go: so a port that another program has is found before any
 * worker starts (sharing would quietly split its requests), and a free one is chosen for all.
 */
async function reservePorts(settings: ProcessSettings): Promise<{ httpPort: number; grpcPort: number | false }> {
  const reserve = (port: number, flag: string) =>
    bind({
      plan: settings.exposure.plan,
      sharesPorts: false,
      port,
      flag,
      onConnection: (socket) => socket.destroy(),
    });
  const http = await reserve(settings.httpPort, '--http-port');
  try {
    if (settings.grpcPort === false) return { httpPort: http.port, grpcPort: false };
    const grpc = await reserve(settings.grpcPort, '--grpc-port');
    await grpc.stop();
    return { httpPort: http.port, grpcPort: grpc.port };
  } finally {
    await http.stop();
  }
}
