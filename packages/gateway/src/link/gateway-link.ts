import { connect, type Socket } from 'node:net';
import type { GatewayCommand, GatewayReport, RevisionLoad, RoutedService, ServiceKey } from '@berth/api';
import { readLines, writeLine } from './lines.ts';

const RECONNECT_MS = 50;
/** Time that a gateway may be away, e.g. restarted, until nobody waits for what it says. */
const AWAY_MS = 2_000;
const MAX_REMEMBERED = 10_000;

/** Changes that wait for the end of this turn of the event loop. */
interface Pending {
  readonly upsert: Map<string, RoutedService>;
  readonly remove: Map<string, ServiceKey>;
}

/** The control part's end of the link; keeps trying, and sends everything anew after each connection. */
export class GatewayLink {
  readonly #path: string;
  readonly #services = new Map<string, { readonly service: RoutedService; readonly text: string }>();
  readonly #loadListeners = new Set<(loads: readonly RevisionLoad[]) => void>();
  readonly #demandListeners = new Set<(revision: { namespace: string; service: string; revision: string }) => void>();
  readonly #unreachableListeners = new Set<
    (endpoint: { namespace: string; endpoint: string; message: string }) => void
  >();
  readonly #applied: { readonly version: number; readonly resolve: () => void }[] = [];
  readonly #drained = new Map<string, (() => void)[]>();
  /** Endpoints that were let go before anybody asked; the report may come with the table's confirmation. */
  readonly #letGo = new Set<string>();
  #socket: Socket | undefined;
  #isConnected = false;
  #version = 0;
  /** The newest version that the gateway has taken over. */
  #confirmed = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Nobody answered for so long that there is no gateway to ask. */
  #isGivenUp = false;
  #away: NodeJS.Timeout | undefined;
  #isClosed = false;
  #pending: Pending | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#waitForGateway();
    this.#connect();
  }

  publish(service: RoutedService): void {
    const key = `${service.namespace}/${service.name}`;
    // An endpoint that is back may be let go once more.
    for (const { endpoints } of service.revisions)
      for (const { id } of endpoints) this.#letGo.delete(`${service.namespace}/${id}`);
    const text = JSON.stringify(service);
    const known = this.#services.get(key);
    if (known?.text === text) return;
    this.#services.set(key, { service, text });
    const pending = this.#queue();
    pending.remove.delete(key);
    pending.upsert.set(key, service);
  }

  remove(service: ServiceKey): void {
    const key = `${service.namespace}/${service.name}`;
    if (!this.#services.delete(key)) return;
    const pending = this.#queue();
    pending.upsert.delete(key);
    pending.remove.set(key, { namespace: service.namespace, name: service.name });
  }

  applied(): Promise<void> {
    this.#flush();
    if (this.#isConnected ? this.#confirmed >= this.#version : this.#isGivenUp) return Promise.resolve();
    // While the link is broken the gateway may well serve by the table it had: only the table that it gets next counts.
    const version = this.#isConnected ? this.#version : this.#version + 1;
    return new Promise((resolve) => this.#applied.push({ version, resolve }));
  }

  async drained(namespace: string, endpoint: string, timeoutMs: number): Promise<void> {
    const key = `${namespace}/${endpoint}`;
    if (!this.#isConnected || this.#letGo.delete(key)) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#drained.set(key, [...(this.#drained.get(key) ?? []), resolve]);
      timer = setTimeout(resolve, timeoutMs);
      // Told after the endpoint left the table: the wait must have begun before.
      this.#flush();
    });
    clearTimeout(timer);
    if (this.#drained.get(key)?.length === 1) this.#drained.delete(key);
  }

  onLoad(listener: (loads: readonly RevisionLoad[]) => void): () => void {
    this.#loadListeners.add(listener);
    return () => this.#loadListeners.delete(listener);
  }

  onDemand(listener: (revision: { namespace: string; service: string; revision: string }) => void): () => void {
    this.#demandListeners.add(listener);
    return () => this.#demandListeners.delete(listener);
  }

  onUnreachable(listener: (endpoint: { namespace: string; endpoint: string; message: string }) => void): () => void {
    this.#unreachableListeners.add(listener);
    return () => this.#unreachableListeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#away);
    this.#socket?.destroy();
    this.#releaseApplied();
    this.#releaseDrained();
  }

  #connect(): void {
    const socket = connect({ path: this.#path });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#isConnected = true;
      this.#isGivenUp = false;
      clearTimeout(this.#away);
      this.#pending = undefined;
      this.#send({
        type: 'replace',
        version: ++this.#version,
        services: [...this.#services.values()].map(({ service }) => service),
      });
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#isConnected) this.#waitForGateway();
      this.#isConnected = false;
      this.#releaseDrained();
      if (!this.#isClosed) this.#timer = setTimeout(() => this.#connect(), RECONNECT_MS);
    });
    readLines(socket, (message) => this.#receive(message as GatewayReport));
  }

  /** Updates of one turn of the event loop go together. */
  #queue(): Pending {
    if (this.#pending !== undefined) return this.#pending;
    this.#pending = { upsert: new Map(), remove: new Map() };
    setImmediate(() => this.#flush());
    return this.#pending;
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || !this.#isConnected) return;
    this.#send({
      type: 'update',
      version: ++this.#version,
      upsert: [...pending.upsert.values()],
      remove: [...pending.remove.values()],
    });
  }

  #send(command: GatewayCommand): void {
    if (this.#socket !== undefined) writeLine(this.#socket, command);
  }

  #receive(report: GatewayReport): void {
    switch (report.type) {
      case 'applied':
        this.#confirmed = Math.max(this.#confirmed, report.version);
        while (this.#applied[0] !== undefined && this.#applied[0].version <= report.version)
          this.#applied.shift()?.resolve();
        return;
      case 'load':
        for (const listener of this.#loadListeners) listener(report.revisions);
        return;
      case 'demand':
        for (const listener of this.#demandListeners) listener(report);
        return;
      case 'unreachable':
        for (const listener of this.#unreachableListeners) listener(report);
        return;
      case 'drained': {
        const key = `${report.namespace}/${report.endpoint}`;
        const waiting = this.#drained.get(key);
        if (waiting === undefined) this.#remember(key);
        else for (const resolve of waiting) resolve();
        return;
      }
      default:
    }
  }

  #remember(key: string): void {
    this.#letGo.add(key);
    for (const oldest of this.#letGo) {
      if (this.#letGo.size <= MAX_REMEMBERED) break;
      this.#letGo.delete(oldest);
    }
  }

  /** Gives it up when it has been away for long. */
  #waitForGateway(): void {
    clearTimeout(this.#away);
    if (this.#isClosed) return;
    this.#away = setTimeout(() => {
      this.#isGivenUp = true;
      this.#releaseApplied();
    }, AWAY_MS);
    this.#away.unref();
  }

  #releaseApplied(): void {
    for (const { resolve } of this.#applied.splice(0)) resolve();
  }

  #releaseDrained(): void {
    for (const waiting of this.#drained.values()) for (const resolve of waiting) resolve();
    this.#drained.clear();
  }
}
