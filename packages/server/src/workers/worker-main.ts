import { type MetricsRegistry, renderPrometheus } from '@berth/telemetry';
import type { Dataplane, Service } from '../dataplane/types.ts';
import type { Coordination } from '../http/coordination.ts';
import { type AppProcess, startAppProcess } from '../start/app-process.ts';
import type { App, AppContext } from '../start/options.ts';
import { HeldRepository } from './held-repository.ts';
import { Link } from './link.ts';
import {
  type Change,
  type Changed,
  type Counts,
  type Listening,
  modelKey,
  NO_READINESS,
  type Readiness,
  type StartArgument,
} from './messages.ts';

/** Milliseconds between two looks whether readiness has changed. */
const READINESS_MS = 50;
/** Milliseconds between two reports of what was counted: what a killed worker may lose. */
const COUNTS_MS = 500;
/** Milliseconds that a worker whose primary is gone gives its requests. */
const ORPHAN_DRAIN_MS = 2_000;

/** One worker process, driven by its primary over the link. */
class Worker {
  private readonly link: Link;
  private argument!: StartArgument;
  private app!: App;
  private services: Service[] = [];
  private held: HeldRepository[] = [];
  private process: AppProcess | undefined;
  private counted: { dataplane: Dataplane; metrics: MetricsRegistry } | undefined;
  private everywhere: Readiness = NO_READINESS;
  /** Whether the first workers have all loaded what they were told to. */
  private started = false;
  private told = '';

  constructor(link: (handlers: ReadonlyMap<string, (argument: never) => unknown>) => Link) {
    this.link = link(
      new Map<string, (argument: never) => unknown>([
        ['start', (argument: StartArgument) => this.start(argument)],
        ['settled', () => this.settled()],
        ['started', (readiness: Readiness) => this.onStarted(readiness)],
        ['listen', () => this.listen()],
        ['change', (change: Change) => this.change(change)],
        ['release', (change: Change) => this.held[change.service]?.release(change.name)],
        ['readiness', (readiness: Readiness) => this.setEverywhere(readiness)],
        ['counts', () => this.counts()],
        ['drain', (timeoutMs: number) => this.drain(timeoutMs)],
      ]),
    );
  }

  private async start(argument: StartArgument): Promise<void> {
    this.argument = argument;
    const context: AppContext = {
      worker: argument.worker,
      report: (report) => this.report(report),
    };
    const { createApp } = await import(argument.module);
    this.app = await createApp(argument.config, context);
    this.held = this.app.services.map((service) => new HeldRepository(service.repository));
    this.setEverywhere(NO_READINESS);
    this.services = this.app.services.map((service, index) => ({
      ...service,
      repository: this.held[index] as HeldRepository,
    }));
  }

  /** A report that can not be sent is the app's mistake, but no reason to end the worker. */
  private report(report: unknown): void {
    try {
      this.link.event('report', report);
    } catch (error) {
      this.link.event('notice', `a report can not be sent: ${error instanceof Error ? error.message : error}`);
    }
  }

  private async listen(): Promise<Listening> {
    const app = { ...this.app, services: this.services };
    const onNotice = (message: string) => this.link.event('notice', message);
    this.process = await startAppProcess(app, this.argument.settings, onNotice, (own) => this.coordinate(own));
    setInterval(() => this.tellReadiness(), READINESS_MS).unref();
    setInterval(() => this.link.event('counted', this.counts()), COUNTS_MS).unref();
    this.tellReadiness();
    const { urls, httpPort, grpcPort } = this.process.server;
    return { urls, httpPort, grpcPort };
  }

  private coordinate(own: {
    coordination: Coordination;
    dataplane: Dataplane;
    metrics: MetricsRegistry;
  }): Coordination {
    this.counted = own;
    const ask = (operation: Change['operation'], service: Service, name: string) =>
      this.link.call<void>('change', { operation, service: this.services.indexOf(service), name } satisfies Change);
    return {
      load: (service, name) => ask('load', service, name),
      unload: (service, name) => ask('unload', service, name),
      ready: (service) =>
        own.coordination.ready(service) && this.everywhere.services[this.services.indexOf(service)] === true,
      statistics: async (service, name, version) => {
        const { statistics } = await this.link.call<Counts>('collect', undefined);
        const listed = await own.coordination.statistics(service, name, version);
        const wanted = new Set(listed.map((entry) => `${entry.name}/${entry.version}`));
        const list = statistics[this.services.indexOf(service)] ?? [];
        return list.filter((entry) => wanted.has(`${entry.name}/${entry.version}`));
      },
      metrics: async () => renderPrometheus((await this.link.call<Counts>('collect', undefined)).metrics),
    };
  }

  private async change({ operation, service, name }: Change): Promise<Changed> {
    const held = this.held[service];
    const repository = this.app.services[service]?.repository;
    if (held === undefined || repository === undefined) throw new Error(`there is no service ${service}`);
    const wasReady = repository.find(name)?.versions.some((version) => version.state === 'READY') ?? false;
    // A reload serves the old model until the new one is ready; everything else is shown once it holds everywhere.
    if (operation === 'unload') held.hold(name, 'UNLOADING');
    else if (!wasReady) held.hold(name, 'LOADING');
    await (operation === 'load' ? repository.load(name) : repository.unload(name));
    this.tellReadiness();
    return { wasReady };
  }

  private async settled(): Promise<Readiness> {
    await this.app.settled;
    return this.readiness();
  }

  private onStarted(readiness: Readiness): void {
    this.started = true;
    this.setEverywhere(readiness);
  }

  private setEverywhere(readiness: Readiness): void {
    this.everywhere = readiness;
    const models = new Set(readiness.models);
    for (const [index, held] of this.held.entries()) {
      const names = held.names().filter((name) => models.has(modelKey(index, name)));
      held.restrict(this.started ? undefined : new Set(names));
    }
  }

  private readiness(): Readiness {
    return {
      services: this.app.services.map((service) => service.repository.ready()),
      models: this.app.services.flatMap((service, index) =>
        service.repository
          .list()
          .filter((served) => served.versions.some((version) => version.state === 'READY'))
          .map((served) => modelKey(index, served.name)),
      ),
    };
  }

  private tellReadiness(): void {
    const readiness = this.readiness();
    const told = JSON.stringify(readiness);
    if (told === this.told) return;
    this.told = told;
    this.link.event('ready', readiness);
  }

  private counts(): Counts {
    const { counted } = this;
    if (counted === undefined) return { metrics: { families: [] }, statistics: [] };
    return {
      metrics: counted.metrics.snapshot(),
      statistics: this.services.map((service) => counted.dataplane.statistics(service)),
    };
  }

  private async drain(timeoutMs: number): Promise<{ cut: number; counts: Counts }> {
    const result = await this.process?.drain(timeoutMs);
    if (result === undefined) await this.app?.close?.();
    return { cut: result?.cut ?? 0, counts: this.counts() };
  }

  /** Ends the process by itself: its primary is gone, or somebody sent it a signal. */
  async leave(timeoutMs: number): Promise<void> {
    await this.drain(timeoutMs).catch(() => undefined);
    process.exit(0);
  }

  get drainTimeoutMs(): number {
    return this.argument?.settings.drainTimeoutMs ?? 0;
  }
}

const worker = new Worker((handlers) => {
  const link = new Link(
    {
      send: (message) => {
        if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
      },
    },
    handlers,
  );
  process.on('message', (message) => link.receive(message));
  return link;
});
process.on('disconnect', () => void worker.leave(ORPHAN_DRAIN_MS));
process.on('SIGTERM', () => void worker.leave(worker.drainTimeoutMs));
// Ctrl-C reaches the whole process group; the primary, which gets it too, decides.
process.on('SIGINT', () => undefined);
