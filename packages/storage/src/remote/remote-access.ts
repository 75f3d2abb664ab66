import type { Part } from '@berth/parts';
import type { Credentials } from '../credentials/credentials.ts';
import type { UriAuthor } from '../fetcher.ts';
import type { Resolver } from '../http/url-rules.ts';

/** With what, and how, a remote store is reached. */
export interface RemoteAccess {
  readonly credentials: Pick<Credentials, 'env' | 'files' | 'caBundles'>;
  /** The platform's own environment: proxies, emulators, and the owner's own credentials where the service has none. */
  readonly processEnv: Readonly<Record<string, string | undefined>>;
  readonly author?: UriAuthor;
  /** Refuse loopback and private addresses whoever wrote the URI. */
  readonly strictEgress?: boolean;
  /** A connection that brings nothing for so long is given up; default 30 s. */
  readonly stallTimeoutMs?: number;
  readonly resolver?: Resolver;
  /** How optional parts are loaded; a test gives another. */
  readonly importModule?: (part: Part) => Promise<unknown>;
}

/** The value of the first name that is set, the service's own before the platform's. */
export function setting(access: RemoteAccess, ...names: readonly string[]): string | undefined {
  for (const env of [access.credentials.env, access.processEnv]) {
    for (const name of names) {
      const value = env[name]?.trim();
      if (value !== undefined && value !== '') return value;
    }
  }
  return undefined;
}
