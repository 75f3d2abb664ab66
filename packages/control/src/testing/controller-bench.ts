import { type InferenceService, type InferenceServiceStatus, parseManifests, type RevisionLoad } from '@berth/api';
import { type Controller, createController } from '../reconcile/controller.ts';
import type { ApiObject, DraftObject } from '../store/resource-store.ts';
import type { ReplicaView } from '../substrate/substrate.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { FakeModels } from './fake-models.ts';
import { FakeRoutes } from './fake-routes.ts';
import { CrashError, FakeStore } from './fake-store.ts';
import { FakeSubstrate } from './fake-substrate.ts';

/** A controller with everything around it in memory, for tests. */
export class ControllerBench {
  readonly clock = new FakeClock();
  readonly store = new FakeStore(() => this.clock.now());
  readonly substrate = new FakeSubstrate(() => this.clock.now());
  readonly models = new FakeModels();
  readonly routes = new FakeRoutes();
  readonly errors: unknown[] = [];
  /** For the controllers that are started from now on. */
  maxStarts = 100;
  /** What the gateway reports each second; `undefined` where it is away. */
  loads: (() => readonly RevisionLoad[]) | undefined = () => [];
  #controller: Controller | undefined;

  constructor() {
    const report = () => {
      this.clock.after(1_000, report);
      const loads = this.loads?.();
      if (loads !== undefined) this.routes.load(loads);
    };
    this.clock.after(1_000, report);
  }

  /** Starts a controller; the one before it, if any, is gone as if it was killed. */
  async start(): Promise<void> {
    this.#controller?.stop();
    this.#controller = createController({
      store: this.store.forController(),
      substrate: this.substrate,
      models: this.models,
      routes: this.routes,
      clock: this.clock,
      timers: this.clock,
      listener: { httpPort: 8080 },
      random: () => 0.5,
      maxStarts: this.maxStarts,
      onError: (_what, error) => {
        if (!(error instanceof CrashError)) this.errors.push(error);
      },
    });
    this.#controller.start();
    await settle();
  }

  stop(): void {
    this.#controller?.stop();
    this.#controller = undefined;
  }

  /**
   * Lets the controller die in the middle of what it does, at its n-th write to the store from now; a new one takes over
   * at once. `undefined` calls it off.
   */
  crashAfter(writes: number | undefined): void {
    this.store.crashAfter(writes, () => {
      this.stop();
      queueMicrotask(() => this.start());
    });
  }

  /** Creates or replaces what the YAML holds, as `kubectl apply` does. */
  async apply(yaml: string): Promise<void> {
    const { resources, issues } = parseManifests(yaml);
    const error = issues.find((issue) => issue.severity === 'error');
    if (error !== undefined) throw new Error(error.message);
    for (const { object, kind, namespace, name } of resources) {
      const metadata = { ...(object.metadata as object), name, ...(namespace === '' ? {} : { namespace }) };
      const draft = { ...structuredClone(object), metadata } as unknown as DraftObject;
      const existing = this.store.get({ kind, name, ...(namespace === '' ? {} : { namespace }) });
      if (existing === undefined) this.store.create(draft);
      else this.store.update({ ...draft, metadata: { ...existing.metadata, ...metadata } } as ApiObject);
    }
    await settle();
  }

  /** Changes the predictor of a service, and its annotations; `undefined` takes one away. */
  async patch(
    name: string,
    predictor: Record<string, unknown>,
    annotations: Record<string, string | undefined> = {},
  ): Promise<void> {
    const object = this.object(name) as ApiObject;
    const spec = object.spec as { predictor: Record<string, unknown> };
    const without = <T>(fields: Record<string, T | undefined>) =>
      Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, T>;
    const changed = without({ ...spec.predictor, ...predictor });
    const metadata = { ...object.metadata, annotations: without({ ...object.metadata.annotations, ...annotations }) };
    this.store.update({ ...object, metadata, spec: { ...spec, predictor: changed } });
    await settle();
  }

  async delete(name: string, namespace = 'default'): Promise<void> {
    this.store.delete({ kind: 'InferenceService', namespace, name });
    await settle();
  }

  object(name: string, namespace = 'default'): ApiObject | undefined {
    return this.store.get({ kind: 'InferenceService', namespace, name });
  }

  service(name: string, namespace = 'default'): InferenceService {
    return this.object(name, namespace) as unknown as InferenceService;
  }

  status(name: string, namespace = 'default'): InferenceServiceStatus {
    return (this.object(name, namespace)?.status ?? {}) as InferenceServiceStatus;
  }

  /** `True`, `False`, `Unknown`, or nothing. */
  condition(name: string, type = 'Ready', namespace = 'default'): string | undefined {
    return this.status(name, namespace).conditions?.find((one) => one.type === type)?.status;
  }

  reason(name: string, type = 'Ready'): string | undefined {
    return this.status(name).conditions?.find((one) => one.type === type)?.reason;
  }

  message(name: string, type = 'Ready'): string | undefined {
    return this.status(name).conditions?.find((one) => one.type === type)?.message;
  }

  /** Replicas that are not stopping. */
  live(revision?: string): ReplicaView[] {
    return this.substrate
      .replicas()
      .filter((view) => view.state !== 'stopping' && (revision === undefined || view.workload.revision === revision));
  }

  /** Names of the revisions that have live replicas. */
  running(): string[] {
    return [...new Set(this.live().map((view) => view.workload.revision))].sort();
  }

  /** Makes every starting replica ready, and ends those that stop, until nothing changes. */
  async converge(fails: (view: ReplicaView) => boolean = () => false): Promise<void> {
    for (let turn = 0; turn < 50; turn++) {
      let isStill = true;
      for (const view of this.substrate.replicas()) {
        if (view.state === 'stopping') this.substrate.gone(view.id);
        else if (view.state === 'starting') {
          if (fails(view)) this.substrate.fail(view.id);
          else this.substrate.ready(view.id);
        } else continue;
        isStill = false;
        await settle();
      }
      if (isStill) return;
    }
    throw new Error('it does not converge');
  }

  /** `{ revision: percent }` as the gateway has it. */
  traffic(name: string, namespace = 'default'): Record<string, number> {
    const routed = this.routes.table.get(`${namespace}/${name}`);
    return Object.fromEntries((routed?.traffic ?? []).map((one) => [one.revision, one.percent]));
  }

  events(reason?: string): ApiObject[] {
    return this.store.list('Event').filter((one) => reason === undefined || one.reason === reason);
  }
}

/** An InferenceService of a scikit-learn model in YAML. */
export function isvcYaml(
  name: string,
  uri: string,
  more: { predictor?: string; metadata?: string; spec?: string } = {},
): string {
  const { predictor = '', metadata = '', spec = '' } = more;
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: ${name}${metadata}}
spec:
  predictor: {sklearn: {storageUri: "${uri}"}${predictor}}
${spec}`;
}
