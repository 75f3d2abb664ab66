import { InferenceError } from '@berth/inference';
import type { ModelRepository, ModelState, ServedModel } from '../dataplane/types.ts';

/**
 * A worker's view of its repository while models are being loaded or unloaded in all workers: a model that only this
 * worker has ready is shown as LOADING until the others have it too, so that whoever asks one worker may call any.
 */
export class HeldRepository implements ModelRepository {
  private readonly inner: ModelRepository;
  private readonly held = new Map<string, ModelState>();
  private everywhere: ReadonlySet<string> | undefined;

  constructor(inner: ModelRepository) {
    this.inner = inner;
  }

  /** Shows `name` in `state` until `release`. */
  hold(name: string, state: 'LOADING' | 'UNLOADING'): void {
    this.held.set(name, state);
  }

  release(name: string): void {
    this.held.delete(name);
  }

  /** While the first workers start: only models that all of them have ready count. Undefined ends that. */
  restrict(everywhere: ReadonlySet<string> | undefined): void {
    this.everywhere = everywhere;
  }

  resolve(name: string, version?: string): ReturnType<ModelRepository['resolve']> {
    const resolved = this.inner.resolve(name, version);
    const state = this.stateInstead(resolved.served.name);
    if (state === undefined) return resolved;
    const doing = state === 'LOADING' ? 'loading' : 'unloading';
    throw new InferenceError('NOT_READY', `Model with name ${name} is not ready. Reason: it is ${doing}`, {
      retryAfterSeconds: 1,
    });
  }

  find(name: string): ServedModel | undefined {
    const served = this.inner.find(name);
    return served === undefined ? undefined : this.shown(served);
  }

  list(): readonly ServedModel[] {
    return this.inner.list().map((served) => this.shown(served));
  }

  names(): string[] {
    return this.inner.list().map((served) => served.name);
  }

  load(name: string): Promise<void> {
    return this.inner.load(name);
  }

  unload(name: string): Promise<void> {
    return this.inner.unload(name);
  }

  wake(name: string): Promise<void> | undefined {
    return this.inner.wake?.(name);
  }

  isAsleep(name: string): boolean {
    return this.inner.isAsleep?.(name) ?? false;
  }

  ready(): boolean {
    return this.inner.ready();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** What is shown in the place of READY; undefined where that is the truth. */
  private stateInstead(name: string): ModelState | undefined {
    if (this.held.size > 0) {
      const state = this.held.get(name);
      if (state !== undefined) return state;
    }
    return this.everywhere === undefined || this.everywhere.has(name) ? undefined : 'LOADING';
  }

  private shown(served: ServedModel): ServedModel {
    const state = this.stateInstead(served.name);
    if (state === undefined) return served;
    const versions = served.versions.map((version) => (version.state === 'READY' ? { ...version, state } : version));
    return { ...served, versions };
  }
}
