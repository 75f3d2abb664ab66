import type { ModelRequest, ModelSource, ModelState } from '../models/model-source.ts';
import { digestOf } from '../revisions/digest.ts';

type ServiceRef = { readonly namespace: string; readonly service: string };

/** A model source in memory. A URI has the bytes that a test gives it; by default the URI itself. */
export class FakeModels implements ModelSource {
  readonly #content = new Map<string, string>();
  readonly #states = new Map<string, ModelState>();
  readonly #answers = new Map<string, ModelState>();
  readonly #kept = new Map<string, string>();
  readonly #listeners = new Set<(service: ServiceRef) => void>();
  readonly #services = new Map<string, ServiceRef>();
  readonly #warnings = new Map<string, string[]>();
  /** Requests that went to a source, in order. */
  readonly asked: ModelRequest[] = [];
  readonly forgotten: string[] = [];

  ask(request: ModelRequest): ModelState {
    const uri = request.uri ?? `storage:${request.storage?.path}`;
    const key = digestOf(request);
    this.#services.set(key, { namespace: request.namespace, service: request.service });
    const known = this.#answers.get(key);
    if (known !== undefined && known.state === 'ready') return known;
    if (known === undefined) this.asked.push(request);
    const state = this.#states.get(uri) ?? this.#ready(uri);
    const checked: ModelState =
      state.state === 'ready' && request.sha256 !== undefined && request.sha256 !== state.digest
        ? {
            state: 'failed',
            reason: 'DigestMismatch',
            kserveReason: 'ModelLoadFailed',
            message: `the files have the digest ${state.digest}, not ${request.sha256}`,
          }
        : state;
    this.#answers.set(key, checked);
    if (checked.state === 'ready') this.#kept.set(checked.digest, checked.path);
    return checked;
  }

  find(digest: string): string | undefined {
    return this.#kept.get(digest);
  }

  forget(service: ServiceRef): void {
    this.forgotten.push(`${service.namespace}/${service.service}`);
  }

  warnings(service: ServiceRef): readonly string[] {
    return this.#warnings.get(`${service.namespace}/${service.service}`) ?? [];
  }

  onChange(listener: (service: ServiceRef) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gives a URI other bytes; who asked before keeps what was found then. */
  write(uri: string, content: string): void {
    this.#content.set(uri, content);
  }

  /** Says what asking for a URI gives; `undefined`: its bytes. */
  answer(uri: string, state: ModelState | undefined): void {
    if (state === undefined) this.#states.delete(uri);
    else this.#states.set(uri, state);
    for (const [key, known] of this.#answers) if (known.state !== 'ready') this.#answers.delete(key);
    for (const service of this.#services.values()) for (const listener of this.#listeners) listener(service);
  }

  /** Throws the bytes away, as a cleaned cache does. */
  evict(digest: string): void {
    this.#kept.delete(digest);
    this.#answers.clear();
  }

  warn(service: ServiceRef, message: string): void {
    this.#warnings.set(`${service.namespace}/${service.service}`, [message]);
  }

  digest(uri: string): string {
    return digestOf(this.#content.get(uri) ?? uri);
  }

  #ready(uri: string): ModelState {
    const digest = this.digest(uri);
    return {
      state: 'ready',
      path: `/cache/${digest.slice(0, 8)}`,
      digest,
      bytes: 1000,
      fromCache: false,
      milliseconds: 5,
    };
  }
}
