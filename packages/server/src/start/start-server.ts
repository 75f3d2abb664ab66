import type { RunningServer, ServerOptions } from './options.ts';

/**
 * Starts a model server: builds the app, opens the ports, and serves every protocol until drained.
 * @throws StartError (port in use, exposure without keys, several workers without an app module) with a text for people.
 */
export function startServer(_options: ServerOptions): Promise<RunningServer> {
  return Promise.reject(new StartError('the server is not built yet'));
}

/** A server that can not start; `exitCode` is what the process should end with. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StartError';
    this.exitCode = options.exitCode ?? 1;
  }
}
