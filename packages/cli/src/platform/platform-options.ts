import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlatformOptions } from '@berth/local';
import packageJson from '../../package.json' with { type: 'json' };
import { logSettings } from '../arguments/server-options.ts';
import type { ArgumentValues } from '../arguments/values.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { stateFolder } from './state-folder.ts';

const PORTS = { min: 0, max: 65_535 };
const DRAIN_MS = 30_000;

/** What the platform is started with, from the command line and the environment. @throws CommandError */
export function platformOptions(
  values: ArgumentValues,
  volumes: readonly string[],
  io: Io,
  cache: string,
): PlatformOptions {
  const host = values.text('host', 'BERTH_HOST');
  const apiHost = values.text('api-host');
  const keys = values.text('api-key-file', 'BERTH_API_KEY_FILE');
  const tls = tlsOptions(values, io);
  const { level, access } = logSettings(values);
  const maxStarts = values.integer('max-starts', { min: 1, max: 10_000 }, 'BERTH_MAX_STARTS');
  return {
    version: packageJson.version,
    cli: fileURLToPath(new URL('../../bin/berth.js', import.meta.url)),
    stateFolder: stateFolder(values, io),
    cacheFolder: cache,
    gateway: {
      httpPort: values.integer('http-port', PORTS, 'BERTH_HTTP_PORT') ?? 8080,
      ...(host === undefined ? {} : { host }),
      ...(tls === undefined ? {} : { tls }),
      ...(keys === undefined ? {} : { apiKeyFile: resolve(io.cwd, keys) }),
      insecureNoAuth: values.flag('insecure-no-auth', 'BERTH_INSECURE_NO_AUTH') ?? false,
      accessLog: access,
    },
    api: {
      port: values.integer('api-port', PORTS, 'BERTH_API_PORT') ?? 6443,
      ...(apiHost === undefined ? {} : { host: apiHost }),
    },
    volumes: volumeFolders(volumes, io),
    denyCommands: values.flag('deny-commands') ?? false,
    strictEgress: values.flag('strict-egress') ?? false,
    ...(maxStarts === undefined ? {} : { maxStarts }),
    drainTimeoutMs: values.duration('drain-timeout') ?? DRAIN_MS,
    logLevel: level,
    env: Object.fromEntries(
      Object.entries(io.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  };
}

function tlsOptions(values: ArgumentValues, io: Io): PlatformOptions['gateway']['tls'] {
  const certFile = values.text('tls-cert');
  const keyFile = values.text('tls-key');
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new CommandError('--tls-cert and --tls-key belong together', { code: 'InvalidOption' });
  }
  return {
    certFile: resolve(io.cwd, certFile),
    keyFile: resolve(io.cwd, keyFile),
    port: values.integer('tls-port', PORTS) ?? 8443,
  };
}

function volumeFolders(volumes: readonly string[], io: Io): Record<string, string> {
  const folders = new Map<string, string>();
  for (const volume of volumes) {
    const at = volume.indexOf('=');
    if (at < 1 || at === volume.length - 1) {
      throw new CommandError(`--volume must be CLAIM=FOLDER, not "${volume}"`, { code: 'InvalidOption' });
    }
    folders.set(volume.slice(0, at), resolve(io.cwd, volume.slice(at + 1)));
  }
  return Object.fromEntries(folders);
}
