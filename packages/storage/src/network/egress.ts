import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { type EgressPolicy, pin, type Resolver, systemResolver } from '../http/url-rules.ts';
import { type ConnectOptions, checkProxied, connectDirect, connectThrough, secure } from './connect.ts';
import { type ProxyEnv, proxyAuthorization, proxyFor } from './proxy-rules.ts';
import { trust } from './trust.ts';

/** How downloads reach the outside. */
export interface EgressOptions {
  readonly policy: EgressPolicy;
  /** The platform's own environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY in either case. */
  readonly proxyEnv: ProxyEnv;
  /** PEM texts that are trusted as well. */
  readonly caBundles?: readonly string[];
  /** Whether certificates are checked; default yes. */
  readonly verify?: boolean;
  /** For the connection, each with TCP, proxy and TLS; default 15 s. */
  readonly connectTimeoutMs?: number;
  /** Connections to one host at a time; default 32. */
  readonly maxSockets?: number;
  readonly resolver?: Resolver;
}

/**
 * Agents for `node:http` and `node:https` that any client can be given: addresses checked and pinned at every connection
 * (so also after redirects and for hosts that a client makes up itself), proxies, and the CAs to trust.
 */
export interface Egress {
  readonly http: http.Agent;
  readonly https: https.Agent;
  /** The agent for a URL's protocol. */
  agentFor(url: URL): http.Agent;
  /**
   * Checks a URL by the rules that hold when it is connected to, for clients that lose what a connection failed for.
   * @throws StorageError UrlNotAllowed
   */
  check(url: URL): Promise<void>;
  /** Ends idle connections. */
  close(): void;
}

/** Nothing is connected or read yet. */
export function createEgress(options: EgressOptions): Egress {
  let context: SecureContext | undefined;
  const connect: ConnectOptions = {
    policy: options.policy,
    resolver: options.resolver ?? systemResolver,
    trust: () => {
      context ??= trust(options.caBundles ?? []);
      return context;
    },
    verify: options.verify ?? true,
    timeoutMs: options.connectTimeoutMs ?? 15_000,
  };
  const pool = { keepAlive: true, maxSockets: options.maxSockets ?? 32, maxFreeSockets: 8, timeout: 60_000 };
  const plain = new PlainAgent(pool, connect, options.proxyEnv);
  const secured = new SecureAgent(pool, connect, options.proxyEnv);
  return {
    http: plain,
    https: secured,
    agentFor: (url) => (url.protocol === 'https:' ? secured : plain),
    check: async (url) => {
      if (proxyFor(url, options.proxyEnv) === undefined) await pin(url, connect.policy, connect.resolver);
      else await checkProxied(url, connect.policy, connect.resolver);
    },
    close: () => {
      plain.destroy();
      secured.destroy();
    },
  };
}

interface Target {
  readonly host?: string | null | undefined;
  readonly port?: string | number | null | undefined;
}
type Done = (error: Error | null, socket: Duplex) => void;

/** http: straight, or by asking a proxy for the whole URL. */
class PlainAgent extends http.Agent {
  readonly #connect: ConnectOptions;
  readonly #proxyEnv: ProxyEnv;

  constructor(pool: http.AgentOptions, connect: ConnectOptions, proxyEnv: ProxyEnv) {
    super(pool);
    this.#connect = connect;
    this.#proxyEnv = proxyEnv;
  }

  /** Node calls it for each request before its head is written: the place to write the absolute form for a proxy. */
  addRequest(request: ClientRequest, options: Target, ...rest: unknown[]): void {
    const url = urlOf('http', options);
    let proxy: URL | undefined;
    try {
      proxy = proxyFor(url, this.#proxyEnv);
    } catch (thrown) {
      process.nextTick(() => request.destroy(thrown as Error));
      return;
    }
    if (proxy !== undefined) {
      request.path = url.origin + request.path;
      const authorization = proxyAuthorization(proxy);
      if (authorization !== undefined) request.setHeader('proxy-authorization', authorization);
    }
    const inherited = http.Agent.prototype as unknown as { addRequest(...all: unknown[]): void };
    inherited.addRequest.call(this, request, options, ...rest);
  }

  override createConnection(options: http.ClientRequestArgs, done?: Done): Duplex | null | undefined {
    this.#open(urlOf('http', options)).then(
      (socket) => done?.(null, socket),
      (thrown) => fail(done, thrown),
    );
    return undefined;
  }

  async #open(url: URL): Promise<Duplex> {
    const proxy = proxyFor(url, this.#proxyEnv);
    if (proxy === undefined) return connectDirect(url, this.#connect);
    await checkProxied(url, this.#connect.policy, this.#connect.resolver);
    return connectToProxy(proxy, this.#connect);
  }
}

/** https: straight, or by a tunnel through a proxy. */
class SecureAgent extends https.Agent {
  readonly #connect: ConnectOptions;
  readonly #proxyEnv: ProxyEnv;

  constructor(pool: https.AgentOptions, connect: ConnectOptions, proxyEnv: ProxyEnv) {
    super(pool);
    this.#connect = connect;
    this.#proxyEnv = proxyEnv;
  }

  override createConnection(options: https.RequestOptions, done?: Done): Duplex | null | undefined {
    this.#open(urlOf('https', options)).then(
      (socket) => done?.(null, socket),
      (thrown) => fail(done, thrown),
    );
    return undefined;
  }

  async #open(url: URL): Promise<Duplex> {
    const proxy = proxyFor(url, this.#proxyEnv);
    if (proxy === undefined) return secure(await connectDirect(url, this.#connect), url, this.#connect);
    await checkProxied(url, this.#connect.policy, this.#connect.resolver);
    return secure(await connectThrough(proxy, url, this.#connect), url, this.#connect);
  }
}

function fail(done: Done | undefined, thrown: Error): void {
  (done as ((error: Error) => void) | undefined)?.(thrown);
}

/** The proxy is the operator's: its address is not held against the rules for models. */
async function connectToProxy(proxy: URL, options: ConnectOptions): Promise<Duplex> {
  const own: ConnectOptions = { ...options, policy: { author: 'operator', strictEgress: false } };
  const socket = await connectDirect(proxy, own);
  return proxy.protocol === 'https:' ? secure(socket, proxy, own) : socket;
}

function urlOf(scheme: 'http' | 'https', { host, port }: Target): URL {
  const name = host ?? 'localhost';
  const url = new URL(`${scheme}://${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}`);
  if (port !== undefined && port !== null) url.port = String(port);
  return url;
}
