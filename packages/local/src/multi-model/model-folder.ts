import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelMount, Substrate } from '@berth/control';

/** The folder of the models of one multi-model predictor: a link for each, into the cache. */
export class ModelFolder {
  readonly path: string;

  /** Below the cache, which replicas may read; `owner` keeps two platforms with one cache apart. */
  constructor(cacheFolder: string, owner: string, namespace: string, service: string) {
    const digest = createHash('sha256').update(`${owner}\n${namespace}\n${service}`).digest('hex').slice(0, 32);
    this.path = join(cacheFolder, 'multi-model', digest);
    mkdirSync(this.path, { recursive: true, mode: 0o755 });
  }

  /** Makes the links those of `models` (name → files); each is replaced as a whole. */
  set(models: ReadonlyMap<string, string>): void {
    for (const name of readdirSync(this.path))
      if (!models.has(name)) rmSync(join(this.path, name), { recursive: true, force: true });
    for (const [name, files] of models) {
      const link = join(this.path, name);
      if (target(link) === files) continue;
      const draft = join(this.path, `.${name}.new`);
      rmSync(draft, { force: true });
      symlinkSync(files, draft);
      renameSync(draft, link);
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/**
 * A substrate whose multi-model replicas find their models in a folder of their service, and whose native replicas find
 * several mounts below one folder.
 */
export function withModelFolders(
  substrate: Substrate,
  folderOf: (namespace: string, service: string) => string,
  layOutMounts: (mounts: readonly ModelMount[]) => ModelMount,
): Substrate {
  return {
    start(id, workload) {
      const { runner, mounts, namespace, service } = workload;
      if (runner.kind !== 'native') substrate.start(id, workload);
      else if (runner.multiModel && mounts.length === 0) {
        const path = folderOf(namespace, service);
        substrate.start(id, { ...workload, mounts: [{ mountPath: '/mnt/models', path, readOnly: true }] });
      } else if (mounts.length > 1) substrate.start(id, { ...workload, mounts: [layOutMounts(mounts)] });
      else substrate.start(id, workload);
    },
    stop: (id) => substrate.stop(id),
    replicas: () => substrate.replicas(),
    usage: () => substrate.usage(),
    onChange: (listener) => substrate.onChange(listener),
  };
}
