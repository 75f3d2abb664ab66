import { NO_CREDENTIALS } from '../credentials/credentials.ts';
import type { FetchOptions } from '../fetcher.ts';
import type { RemoteAccess } from './remote-access.ts';

/** With what a store is reached, as the options of a fetch say it. */
export function remoteAccessOf(options: FetchOptions): RemoteAccess {
  return {
    credentials: { ...NO_CREDENTIALS, ...options.credentials },
    processEnv: options.processEnv ?? {},
    author: options.author ?? 'operator',
    strictEgress: options.strictEgress ?? false,
    ...(options.stallTimeoutMs === undefined ? {} : { stallTimeoutMs: options.stallTimeoutMs }),
  };
}
