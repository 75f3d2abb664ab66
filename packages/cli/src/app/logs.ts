import type { ErrorLog } from '@berth/server';
import { type AccessEntry, AccessLog, createLogger, type Logger } from '@berth/telemetry';

/** What a server process writes to standard error beside the messages for the person who started it. */
export interface LogSettings {
  /** `fatal` to `trace`, or `silent`. */
  readonly level: string;
  /** A line for each request. */
  readonly access: boolean;
}

/** The logs of one process, as the server takes them. */
export interface AppLogs {
  readonly log: ErrorLog;
  readonly accessLog?: (entry: AccessEntry) => void;
  /** Writes what waits. */
  flush(): void;
}

/** Makes the logs; the logger itself is made when the first thing goes wrong. */
export function createAppLogs(settings: LogSettings): AppLogs {
  let logger: Logger | undefined;
  const log: ErrorLog = {
    warn: (fields, message) => {
      logger ??= createLogger({ level: settings.level });
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger ??= createLogger({ level: settings.level });
      logger.error(fields, message);
    },
  };
  if (!settings.access) return { log, flush: () => undefined };
  const access = new AccessLog({ write: (text: string) => void process.stderr.write(text) });
  return { log, accessLog: access.write, flush: () => access.flush() };
}
