import type { IncomingMessage } from 'node:http';
import type { HttpAccess } from '../http/http-access.ts';
import { openUrl } from '../http/open.ts';
import { readRange } from '../http/read-range.ts';
import { retryAfter } from '../http/status-error.ts';
import { textOf } from '../remote/http-request.ts';
import type { ByteRange, RemoteObject } from '../remote/remote-store.ts';
import { retrying } from '../remote/retrying.ts';
import { StorageError } from '../storage-error.ts';
import { type Challenge, readChallenge } from './challenge.ts';
import type { RegistryLogin } from './docker-config.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import { isLoopbackRegistry, type OciReference } from './oci-reference.ts';

/** How a registry is asked. */
export interface RegistryOptions {
  readonly access: HttpAccess;
  readonly login: RegistryLogin | undefined;
  /** Of the first pause between tries. */
  readonly pauseMs?: number;
}

/** One repository of a registry by the OCI distribution specification: pulling only. */
export class Registry {
  readonly name: string;
  readonly #reference: OciReference;
  readonly #options: RegistryOptions;
  #base: Promise<string> | undefined;
  #authorization: Promise<string | undefined> | undefined;

  constructor(reference: OciReference, options: RegistryOptions) {
    this.#reference = reference;
    this.#options = options;
    this.name = `oci://${reference.registry}/${reference.repository}`;
  }

  /** A manifest by tag or digest, as text. @throws StorageError */
  manifest(version: string, signal: AbortSignal | undefined): Promise<string> {
    const retries = { attempts: 4, budgetMs: 10_000, pauseMs: this.#options.pauseMs ?? 250, signal };
    return retrying(async () => {
      const response = await this.#authorized(signal, (url, authorization) =>
        openUrl(`${url}/manifests/${version}`, {
          access: this.#options.access,
          credentials: authorization,
          headers: { accept: MANIFEST_TYPES },
          signal,
        }),
      );
      if (response.statusCode === 200) return textOf(response);
      response.destroy();
      throw this.#refusal(response, version);
    }, retries);
  }

  /** A part of a blob. @throws StorageError */
  async blob(
    object: RemoteObject,
    range: ByteRange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterable<Uint8Array>> {
    const read = async () => {
      const url = `${await this.#root(signal)}/blobs/${object.key}`;
      const credentials = headersOf(await this.#authorization);
      return readRange(url, object, range, { access: this.#options.access, credentials, signal, cutsWhole: true });
    };
    try {
      return await read();
    } catch (thrown) {
      if (!(thrown instanceof StorageError) || thrown.reason !== 'AccessDenied') throw thrown;
      // Tokens last for minutes, large layers longer: a fresh one, once.
      await this.#authorize(signal);
      return await read();
    }
  }

  /** Asks, and once more with a token where the registry wants one. */
  async #authorized(
    signal: AbortSignal | undefined,
    ask: (url: string, headers: Record<string, string>) => Promise<IncomingMessage>,
  ): Promise<IncomingMessage> {
    const root = await this.#root(signal);
    const first = await ask(root, headersOf(await this.#authorization));
    if (first.statusCode !== 401) return first;
    first.destroy();
    await this.#authorize(signal, readChallenge(first.headers['www-authenticate']));
    return ask(root, headersOf(await this.#authorization));
  }

  async #authorize(signal: AbortSignal | undefined, challenge?: Challenge): Promise<void> {
    const known = challenge ?? (await this.#challenge(signal));
    this.#authorization = this.#authorizationFor(known, signal);
    this.#authorization.catch(() => {
      this.#authorization = undefined;
    });
    await this.#authorization;
  }

  async #challenge(signal: AbortSignal | undefined): Promise<Challenge | undefined> {
    const { registry } = this.#reference;
    const { protocol } = new URL(await this.#root(signal));
    const response = await openUrl(`${protocol}//${registry}/v2/`, {
      access: this.#options.access,
      credentials: {},
      headers: {},
      signal,
    });
    response.destroy();
    return readChallenge(response.headers['www-authenticate']);
  }

  async #authorizationFor(
    challenge: Challenge | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { login, access } = this.#options;
    const basic =
      login === undefined
        ? undefined
        : `Basic ${Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64')}`;
    if (challenge === undefined || challenge.scheme === 'basic') return basic;
    const realm = await this.#realm(challenge.realm, signal);
    if (challenge.service !== undefined) realm.searchParams.set('service', challenge.service);
    realm.searchParams.set('scope', `repository:${this.#reference.repository}:pull`);
    const response = await openUrl(realm.href, { access, credentials: headersOf(basic), headers: {}, signal });
    if (response.statusCode !== 200) {
      response.destroy();
      throw this.#refusal(response, this.#reference.version);
    }
    const token = tokenOf(await textOf(response));
    if (token === undefined) throw new StorageError('DownloadFailed', `${this.name}: ${realm.origin} gives no token`);
    return `Bearer ${token}`;
  }

  /** Where tokens come from; a login never goes over plain http to another machine. */
  async #realm(text: string, signal: AbortSignal | undefined): Promise<URL> {
    const root = new URL(await this.#root(signal));
    try {
      const realm = new URL(text);
      if (realm.protocol === 'https:' || (realm.protocol === 'http:' && root.protocol === 'http:')) return realm;
    } catch {
      // What follows says it.
    }
    throw new StorageError('DownloadFailed', `${this.name}: the registry names no usable place for tokens`);
  }

  /** `https://host/v2/repository`; plain http on this machine only, where TLS is not spoken. */
  #root(signal: AbortSignal | undefined): Promise<string> {
    this.#base ??= this.#findRoot(signal);
    this.#base.catch(() => {
      this.#base = undefined;
    });
    return this.#base;
  }

  async #findRoot(signal: AbortSignal | undefined): Promise<string> {
    const { registry, repository } = this.#reference;
    const secure = `https://${registry}/v2/`;
    if (!isLoopbackRegistry(registry)) return secure + repository;
    const options = { access: this.#options.access, credentials: {}, headers: {}, signal };
    try {
      (await openUrl(secure, options)).destroy();
      return secure + repository;
    } catch (thrown) {
      const code =
        thrown instanceof StorageError ? (thrown.cause as NodeJS.ErrnoException | undefined)?.code : undefined;
      const isPlain = code === 'EPROTO' || code === 'ECONNRESET' || code?.startsWith('ERR_SSL') === true;
      if (isPlain) return `http://${registry}/v2/${repository}`;
      throw thrown;
    }
  }

  #refusal(response: IncomingMessage, version: string): StorageError {
    const status = response.statusCode ?? 0;
    if (status === 404) return new StorageError('NotFound', `${this.name} has no image ${version}`);
    if (status === 401 || status === 403) {
      const why =
        this.#options.login === undefined
          ? 'it needs a login, or there is no such repository; put a docker config.json into a Secret'
          : 'the login has no access to it, or there is no such repository';
      return new StorageError('AccessDenied', `${this.name}: ${why}`);
    }
    return new StorageError('DownloadFailed', `${this.name}: the registry answers ${status}`, {
      isTransient: status >= 500 || status === 408 || status === 429,
      retryAfterSeconds: retryAfter(response),
    });
  }
}

function headersOf(authorization: string | undefined): Record<string, string> {
  return authorization === undefined ? {} : { authorization };
}

function tokenOf(text: string): string | undefined {
  try {
    const answer = JSON.parse(text) as { token?: unknown; access_token?: unknown } | null;
    const token = answer?.token ?? answer?.access_token;
    // A token that could end a header's line is none.
    return typeof token === 'string' && /^[\x21-\x7e]{1,16384}$/.test(token) ? token : undefined;
  } catch {
    return undefined;
  }
}
