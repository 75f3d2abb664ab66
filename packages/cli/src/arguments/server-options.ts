import type { ServerOptions } from '@berth/server';
import type { LogSettings } from '../app/logs.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { OptionSpecs } from './parse.ts';
import type { ArgumentValues } from './values.ts';

/** Options of every command that starts a server, with KServe's spellings. */
export const SERVER_OPTIONS: OptionSpecs = {
  'http-port': {
    type: 'string',
    aliases: ['http_port', 'rest-port', 'port'],
    value: 'PORT',
    help: 'HTTP, h2c and gRPC; default 8080',
  },
  'grpc-port': { type: 'string', aliases: ['grpc_port'], value: 'PORT', help: 'gRPC; default 8081' },
  'no-grpc-port': { type: 'boolean', help: 'open no port for gRPC alone; it is still answered on the HTTP port' },
  'enable-grpc': { type: 'string', aliases: ['enable_grpc'] },
  socket: { type: 'string', value: 'PATH', help: 'a Unix socket in the place of both ports, for its owner alone' },
  host: { type: 'string', value: 'ADDRESS', help: 'where to listen; default loopback (env BERTH_HOST)' },
  workers: { type: 'string', value: 'N', help: 'server processes that share the ports; default 1' },
  'drain-timeout': { type: 'string', value: 'TIME', help: 'time that requests have to end after SIGTERM; default 30s' },
  'max-body-size': { type: 'string', value: 'SIZE', help: 'largest request body; default 64MiB' },
  'max-in-flight': { type: 'string', value: 'N', help: 'requests that one process works on at once' },
  'max-queue': { type: 'string', value: 'N', help: 'requests that may wait; more get 503' },
  'api-key-file': { type: 'string', value: 'FILE', help: 'hashed bearer keys (env BERTH_API_KEY_FILE)' },
  'insecure-no-auth': {
    type: 'boolean',
    help: 'allow a host beyond loopback without keys (env BERTH_INSECURE_NO_AUTH)',
  },
  'terse-errors': {
    type: 'boolean',
    help: 'tell clients no names, schema or values of the model in errors; the log keeps them (env BERTH_TERSE_ERRORS)',
  },
  'model-control': { type: 'boolean', help: 'allow loading and unloading by name on a host beyond loopback' },
  'access-log': {
    type: 'boolean',
    help: 'write a JSON line for each request to standard error (env BERTH_ACCESS_LOG)',
  },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    help: 'debug, info, warn, error or silent; default info (env BERTH_LOG_LEVEL)',
  },
  'no-model-control': { type: 'boolean', help: 'refuse loading and unloading by name' },
};

const PORTS = { min: 0, max: 65_535 };

/** What `startServer` needs, from the command line and the environment; without the app. @throws CommandError */
export function serverOptions(values: ArgumentValues): Omit<ServerOptions, 'app'> {
  const optional = <K extends keyof ServerOptions>(key: K, value: ServerOptions[K] | undefined) =>
    value === undefined ? {} : { [key]: value };
  const hasNoGrpc = values.flag('no-grpc-port') === true || /^(false|0)$/i.test(values.text('enable-grpc') ?? '');
  const httpPort = values.integer('http-port', PORTS, 'BERTH_HTTP_PORT', 'MLSERVER_HTTP_PORT');
  const grpcPort = hasNoGrpc ? false : values.integer('grpc-port', PORTS, 'BERTH_GRPC_PORT', 'MLSERVER_GRPC_PORT');
  if (httpPort !== undefined && httpPort !== 0 && httpPort === grpcPort) {
    throw new CommandError(`--http-port and --grpc-port are both ${httpPort}`, {
      code: 'InvalidOption',
      hint: 'gRPC is answered on the HTTP port too; choose another --grpc-port (0 takes a free one)',
    });
  }
  const modelControl = values.flag('no-model-control') === true ? false : values.flag('model-control');
  return {
    ...optional('httpPort', httpPort),
    ...optional('grpcPort', grpcPort),
    ...optional('socketPath', values.text('socket')),
    ...optional('host', values.text('host')),
    ...optional('workers', values.integer('workers', { min: 1, max: 256 }, 'BERTH_WORKERS')),
    ...optional('drainTimeoutMs', values.duration('drain-timeout')),
    ...optional('maxBodyBytes', values.bytes('max-body-size')),
    ...optional('maxInFlight', values.integer('max-in-flight', { min: 1, max: 1e6 })),
    ...optional('maxQueue', values.integer('max-queue', { min: 0, max: 1e6 })),
    ...optional('apiKeyFile', values.text('api-key-file')),
    ...optional('insecureNoAuth', values.flag('insecure-no-auth')),
    ...optional('terseErrors', values.flag('terse-errors', 'BERTH_TERSE_ERRORS')),
    ...optional('modelControl', modelControl),
    handleSignals: true,
  };
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** What is logged. @throws CommandError */
export function logSettings(values: ArgumentValues): LogSettings {
  const level = (values.text('log-level', 'BERTH_LOG_LEVEL', 'KSERVE_LOGLEVEL') ?? 'info').toLowerCase();
  const known = level === 'warning' ? 'warn' : level === 'critical' ? 'fatal' : level;
  if (!LEVELS.includes(known)) {
    throw new CommandError(`there is no log level "${level}"`, {
      code: 'InvalidOption',
      hint: `one of ${LEVELS.join(', ')}`,
    });
  }
  return { level: known, access: values.flag('access-log', 'BERTH_ACCESS_LOG') ?? false };
}
