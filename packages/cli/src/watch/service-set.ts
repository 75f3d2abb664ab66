import type { Service } from '@berth/server';
import type { PlannedService } from '../app/run-app.ts';
import type { RunningService } from '../app/running-service.ts';

/** Milliseconds that a replaced service stays open for requests that had found it and not begun. */
const LINGER_MS = 30_000;

/** How a set makes and tells of its services. */
export interface ServiceSetOptions {
  readonly make: (planned: PlannedService) => RunningService;
  readonly onKept: (about: string, message: string, code?: string) => void;
  readonly onNotice: (about: string, message: string) => void;
  readonly lingerMs?: number;
}

interface Member {
  readonly planned: PlannedService;
  readonly fingerprint: string;
  readonly running: RunningService;
}

/** The services of `berth run`, which change with their YAML: one that serves is replaced only by one that is ready. */
export class ServiceSet {
  readonly #options: ServiceSetOptions;
  #members = new Map<string, Member>();
  #replace: ((services: readonly Service[]) => void) | undefined;
  readonly #lingering = new Set<{ readonly running: RunningService; readonly timer: NodeJS.Timeout }>();

  constructor(planned: readonly PlannedService[], options: ServiceSetOptions) {
    this.#options = options;
    for (const one of planned) this.#members.set(keyOf(one), this.#member(one));
  }

  get running(): readonly RunningService[] {
    return [...this.#members.values()].map((member) => member.running);
  }

  /** Takes the function that tells the server which services there are from now on. */
  onServices(replace: (services: readonly Service[]) => void): void {
    this.#replace = replace;
  }

  /** Makes the set what `planned` says. Resolves when all that is new has been loaded, well or badly. Never rejects. */
  async become(planned: readonly PlannedService[]): Promise<void> {
    const wanted = new Map(planned.map((one) => [keyOf(one), one]));
    for (const [key, member] of this.#members) {
      if (wanted.has(key)) continue;
      this.#members.delete(key);
      this.#announce();
      this.#retire(member.running);
      this.#options.onNotice(key, 'no longer in the YAML; it serves no more');
    }
    for (const [key, one] of wanted) await this.#take(key, one);
  }

  /** Ends downloads and watches. */
  async stop(): Promise<void> {
    const all = [...this.running, ...[...this.#lingering].map((one) => one.running)];
    for (const one of this.#lingering) clearTimeout(one.timer);
    for (const running of all) running.stop();
    await Promise.allSettled([...this.#lingering].map((one) => one.running.service.repository.close()));
  }

  async #take(key: string, planned: PlannedService): Promise<void> {
    const before = this.#members.get(key);
    if (before?.fingerprint === fingerprintOf(planned)) return;
    const next = this.#member(planned);
    if (before === undefined || !before.running.isReady || planned.plan.stopped) {
      // Nothing to lose: its own state says what becomes of it.
      this.#put(key, next, before);
      await next.running.start();
      return;
    }
    await next.running.start();
    if (next.running.isReady) {
      this.#put(key, next, before);
      return;
    }
    const { message, code } = next.running.why;
    this.#options.onKept(key, message, code);
    next.running.stop();
    await next.running.service.repository.close().catch(() => undefined);
  }

  #put(key: string, next: Member, before: Member | undefined): void {
    this.#members.set(key, next);
    this.#announce();
    if (before !== undefined) this.#retire(before.running);
  }

  #member(planned: PlannedService): Member {
    return { planned, fingerprint: fingerprintOf(planned), running: this.#options.make(planned) };
  }

  #announce(): void {
    this.#replace?.(this.running.map((one) => one.service));
  }

  #retire(running: RunningService): void {
    running.stop();
    const timer = setTimeout(() => {
      this.#lingering.delete(entry);
      running.service.repository.close().catch(() => undefined);
    }, this.#options.lingerMs ?? LINGER_MS).unref();
    const entry = { running, timer };
    this.#lingering.add(entry);
  }
}

function keyOf({ plan }: PlannedService): string {
  return plan.namespace === 'default' ? plan.name : `${plan.namespace}/${plan.name}`;
}

function fingerprintOf(planned: PlannedService): string {
  return JSON.stringify(planned, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
}
