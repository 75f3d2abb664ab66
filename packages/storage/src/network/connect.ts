import http from 'node:http';
import https from 'node:https';
import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { addressKind, isMetadataHost } from '../http/address-rules.ts';
import { type EgressPolicy, pin, type Resolver } from '../http/url-rules.ts';
import { StorageError } from '../storage-error.ts';
import { proxyAuthorization } from './proxy-rules.ts';

/** What every connection of a download is made with. */
export interface ConnectOptions {
  readonly policy: EgressPolicy;
  readonly resolver: Resolver;
  readonly trust: () => SecureContext;
  /** Whether certificates are checked. */
  readonly verify: boolean;
  readonly timeoutMs: number;
}

/**
 * Connects to the host of a URL at an address that was checked, whatever the name says a moment later; the addresses of a
 * name are tried in turn.
 * @throws StorageError UrlNotAllowed, or the error of the last address
 */
export async function connectDirect(url: URL, options: ConnectOptions): Promise<Socket> {
  const { addresses } = await pin(url, options.policy, options.resolver);
  let failure: unknown;
  for (const { address } of addresses) {
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    try {
      return await opened(connectSocket({ host: address, port }), 'connect', options.timeoutMs);
    } catch (thrown) {
      failure ??= thrown;
    }
  }
  throw failure;
}

/**
 * Checks what can be checked where a proxy does the asking: the address, if the URL holds one, and the names of metadata
 * services. Where private addresses are denied, a name that resolves here is held against that as well.
 * @throws StorageError UrlNotAllowed
 */
export async function checkProxied(url: URL, policy: EgressPolicy, resolver: Resolver): Promise<void> {
  const host = hostOf(url);
  const isStrict = policy.strictEgress || policy.author === 'request';
  if (isIP(host) !== 0 || isMetadataHost(host)) {
    await pin(url, policy, resolver);
    return;
  }
  if (!isStrict) return;
  const addresses = await resolver(host).catch(() => []);
  if (addresses.some(({ address }) => addressKind(address) !== 'public')) await pin(url, policy, async () => addresses);
}

/**
 * A tunnel through a proxy by CONNECT; the proxy itself is the operator's and may be anywhere.
 * @throws StorageError DownloadFailed where the proxy refuses
 */
export function connectThrough(proxy: URL, url: URL, options: ConnectOptions): Promise<Socket> {
  const authority = `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`;
  const authorization = proxyAuthorization(proxy);
  const client = proxy.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request({
      host: hostOf(proxy),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      agent: false,
      timeout: options.timeoutMs,
      headers: {
        host: authority,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
      ...(proxy.protocol === 'https:'
        ? { secureContext: options.trust(), rejectUnauthorized: options.verify, servername: serverName(proxy) }
        : {}),
    });
    const fail = (why: string, isTransient: boolean, cause?: unknown) =>
      reject(new StorageError('DownloadFailed', `the proxy ${proxy.host} ${why}`, { cause, isTransient }));
    request.on('connect', (response, socket, head) => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        const why = status === 407 ? ': it wants a user and a password' : '';
        fail(`answers ${status} for ${authority}${why}`, status >= 500);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    // A proxy that answers CONNECT with a plain response.
    request.on('response', (response) => {
      response.destroy();
      fail(`answers ${response.statusCode} for ${authority}`, false);
    });
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${options.timeoutMs / 1000} s`)));
    request.on('error', (cause) => fail(`can not be reached: ${cause.message}`, true, cause));
    request.end();
  });
}

/** TLS over a connected socket; the certificate must be for the URL's host. */
export async function secure(socket: Socket, url: URL, options: ConnectOptions): Promise<TLSSocket> {
  try {
    const tls = connectTls({
      socket,
      host: hostOf(url),
      servername: serverName(url),
      secureContext: options.trust(),
      rejectUnauthorized: options.verify,
      ALPNProtocols: ['http/1.1'],
    });
    return await opened(tls, 'secureConnect', options.timeoutMs);
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** What TLS asks for: a name, never an address (which is checked against the certificate all the same). */
function serverName(url: URL): string {
  const host = hostOf(url);
  return isIP(host) === 0 ? host : '';
}

function opened<T extends Socket>(socket: T, event: 'connect' | 'secureConnect', timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error: NodeJS.ErrnoException = new Error(`no connection within ${timeoutMs / 1000} s`);
      error.code = 'ETIMEDOUT';
      socket.destroy(error);
    }, timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.off('close', onClose);
    };
    const onError = (cause: Error) => {
      settle();
      // Whoever waits has the error; a later one must not end the process.
      socket.on('error', () => undefined);
      reject(cause);
    };
    const onClose = () => onError(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once(event, () => {
      settle();
      resolve(socket);
    });
  });
}
