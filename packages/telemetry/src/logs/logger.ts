import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** The server's structured log: one JSON object a line. */
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; default `info`. */
  readonly level?: string;
  /** Where lines go; default standard error. */
  readonly destination?: DestinationStream;
}

/** Header and field names whose values never reach a log. */
const SECRET_FIELDS = ['authorization', '*.authorization', 'cookie', '*.cookie', 'apiKey', '*.apiKey'];

/** Makes the logger that the parts of a server are given. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const level = options.level ?? 'info';
  const settings = {
    level,
    base: { service: 'berth' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: SECRET_FIELDS,
  };
  return options.destination === undefined
    ? pino(settings, pino.destination({ dest: 2, sync: true }))
    : pino(settings, options.destination);
}
