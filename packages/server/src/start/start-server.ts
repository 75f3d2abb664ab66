import type { RunningServer, ServerOptions } from './options.ts';
import { StartError } from './start-error.ts';

/**
 * Starts a model server: builds the app, opens the ports, and serves every protocol until drained.
 * @throws StartError (port in use, exposure without keys, several workers without an app module) with a text for people.
 */
export function startServer(_options: ServerOptions): Promise<RunningServer> {
  return Promise.reject(new StartError('the server is not built yet'));
}
