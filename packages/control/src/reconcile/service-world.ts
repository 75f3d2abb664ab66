import type { ServingRuntime } from '@berth/api';
import type { Lookup } from '../plan/environment.ts';
import type { PlanWorld } from '../plan/plan-component.ts';
import { planWorld } from '../plan/plan-world.ts';
import { CONFIG_MAP, type PlatformConfig, platformConfig } from '../plan/platform-config.ts';
import { type Revision, readRevision, SERVICE_LABEL } from '../revisions/revision.ts';
import type { ApiObject, ResourceStore } from '../store/resource-store.ts';

/** What the store says beside a service itself: runtimes, configuration, Secrets, revisions. */
export class ServiceWorld {
  readonly #store: ResourceStore;
  #config: { readonly version: string; readonly config: PlatformConfig } | undefined;
  #runtimes: PlanWorld | undefined;

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  /** A runtime was changed. */
  forgetRuntimes(): void {
    this.#runtimes = undefined;
  }

  /** The user's runtimes first; one named as a built-in one takes its place. */
  runtimes(): PlanWorld {
    if (this.#runtimes !== undefined) return this.#runtimes;
    const own = [...this.#store.list('ServingRuntime'), ...this.#store.list('ClusterServingRuntime')];
    this.#runtimes = planWorld(own as unknown as ServingRuntime[]);
    return this.#runtimes;
  }

  /** KServe's ConfigMap `kserve/inferenceservice-config`, read once for each version of it. */
  config(): PlatformConfig {
    const object = this.#store.get({ kind: 'ConfigMap', ...CONFIG_MAP });
    const version = object?.metadata.resourceVersion ?? '';
    if (this.#config?.version !== version) this.#config = { version, config: platformConfig(object?.data) };
    return this.#config.config;
  }

  readonly lookup: Lookup = {
    secret: (namespace, name) =>
      entriesOf(this.#store.get({ kind: 'Secret', namespace, name }), (text) =>
        Buffer.from(text, 'base64').toString('utf8'),
      ),
    configMap: (namespace, name) => entriesOf(this.#store.get({ kind: 'ConfigMap', namespace, name }), (text) => text),
  };

  /** The revisions of a service. */
  revisions(namespace: string, name: string): Revision[] {
    return this.#store
      .list('Revision', { namespace, labels: { [SERVICE_LABEL]: name } })
      .flatMap((object) => readRevision(object) ?? []);
  }
}

function entriesOf(
  object: ApiObject | undefined,
  read: (text: string) => string,
): ReadonlyMap<string, string> | undefined {
  if (object === undefined) return undefined;
  return new Map(Object.entries((object.data ?? {}) as Record<string, string>).map(([key, text]) => [key, read(text)]));
}
