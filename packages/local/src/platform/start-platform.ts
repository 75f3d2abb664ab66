import { rmSync, writeFileSync } from 'node:fs';
import { getCompileCacheDir } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE_VARIABLES } from '../containers/engine.ts';
import { handleKeeperSignals } from '../keeper/keeper-signals.ts';
import { type Keeper, startKeeper } from '../keeper/start-keeper.ts';
import type { PlatformOptions, RunningPlatform } from './platform-options.ts';
import { makeRunFolder } from './run-folder.ts';

/** What the control part says when it serves. */
export interface ControlInfo {
  readonly apiUrl: string;
  readonly kubeconfig: string;
}

/** What the gateway says when it listens. */
export interface GatewayInfo {
  readonly urls: readonly string[];
}

/** Under load the young generation would grow to sixteen times its size and stay there; throughput is the same. */
const MODEST = ['--semi-space-growth-factor=1', '--max-semi-space-size=16'];
/** The control part computes little: a smaller young generation costs nothing there and is 10 MB less. */
const SMALL = ['--semi-space-growth-factor=1', '--max-semi-space-size=4'];

/**
 * Starts the platform: this process becomes its keeper, with the gateway and the control part below it. SIGTERM and
 * SIGINT drain it.
 * @throws StateInUse where another platform has the state folder; Error with a part's last words
 */
export async function startPlatform(
  options: PlatformOptions,
  onNotice: (message: string) => void,
): Promise<RunningPlatform> {
  const httpPort = options.gateway.httpPort === 0 ? await freePort() : options.gateway.httpPort;
  const told: PlatformOptions = { ...options, gateway: { ...options.gateway, httpPort } };
  makeRunFolder(options.stateFolder);
  const env = { ...partEnvironment(options.env), BERTH_PLATFORM: JSON.stringify(told) };
  const keeper = await startKeeper({
    stateFolder: options.stateFolder,
    node: process.execPath,
    control: { entry: fileURLToPath(new URL('./control-main.ts', import.meta.url)), args: [], env, nodeArgs: SMALL },
    gateway: { entry: fileURLToPath(new URL('./gateway-main.ts', import.meta.url)), args: [], env, nodeArgs: MODEST },
    onNotice,
    drainTimeoutMs: options.drainTimeoutMs,
  });
  handleKeeperSignals(keeper, onNotice);
  const control = keeper.info.control as ControlInfo;
  const gateway = keeper.info.gateway as GatewayInfo;
  const record = join(options.stateFolder, 'platform.json');
  writeFileSync(record, `${JSON.stringify(recordOf(options, control, gateway))}\n`, { mode: 0o600 });
  const ended = keeper.ended.finally(() => rmSync(record, { force: true }));
  return {
    gatewayUrls: gateway.urls,
    apiUrl: control.apiUrl,
    kubeconfig: control.kubeconfig,
    ended,
    stop: stopOf(keeper),
  };
}

/** A port that is free on loopback now: services show it in their addresses before the gateway listens. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function stopOf(keeper: Keeper): () => Promise<void> {
  return async () => {
    await keeper.stop();
  };
}

/** What commands such as `berth status` and `berth down` read. */
function recordOf(options: PlatformOptions, control: ControlInfo, gateway: GatewayInfo): object {
  return {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    version: options.version,
    gatewayUrls: gateway.urls,
    apiUrl: control.apiUrl,
    cacheFolder: options.cacheFolder,
  };
}

/** What the parts need of the environment: storage clients read the rest from the options. */
function partEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const own = ['PATH', 'TMPDIR', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS', 'NODE_COMPILE_CACHE', 'BERTH_BUNDLE'];
  const kept = [...own, ...ENGINE_VARIABLES];
  const cache = getCompileCacheDir();
  return {
    // What this process reads its compiled code from. Run from sources, a part then needs nothing that strips types.
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: dirname(cache) }),
    ...Object.fromEntries(kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
  };
}
