import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ModelMount, Substrate } from '@berth/control';

/** A model as it lies in a folder of models. */
export interface FolderModel {
  /** A file or folder of the cache. */
  readonly path: string;
  readonly digest: string;
  /** Bytes of memory that it is given. */
  readonly memory: number;
}

/** What the server of the folder reads, beside the links; a model's name never starts with a dot. */
const CATALOG_FILE = '.catalog.json';

/**
 * Whether a name is one segment of a path and can be a model's name. Objects are checked by the API; those that an older
 * Berth stored may have any name.
 */
export function isFolderName(name: string): boolean {
  return name.length <= 253 && /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(name) && !name.includes('..');
}

/** The folder of the models of one multi-model predictor: a link for each, into the cache, and a catalog of them. */
export class ModelFolder {
  readonly path: string;

  /** Below the cache, which replicas may read; `owner` keeps two platforms with one cache apart. */
  constructor(cacheFolder: string, owner: string, namespace: string, service: string) {
    const digest = createHash('sha256').update(`${owner}\n${namespace}\n${service}`).digest('hex').slice(0, 32);
    this.path = join(cacheFolder, 'multi-model', digest);
  }

  /** Makes the folder with an empty catalog, where it is not there: a replica may start before its first model. */
  ensure(): void {
    mkdirSync(this.path, { recursive: true, mode: 0o755 });
    if (!existsSync(join(this.path, CATALOG_FILE)))
      this.#replace(CATALOG_FILE, (draft) => writeFileSync(draft, catalogText([])));
  }

  /** What the last `set` made, also by a platform that has ended. */
  models(): Map<string, FolderModel> {
    const found = new Map<string, FolderModel>();
    try {
      const { models } = JSON.parse(readFileSync(join(this.path, CATALOG_FILE), 'utf8')) as {
        models: readonly (FolderModel & { readonly name: string })[];
      };
      for (const { name, digest, memory } of models) {
        const path = isFolderName(name) ? target(join(this.path, name)) : undefined;
        if (path !== undefined) found.set(name, { path, digest, memory });
      }
    } catch {
      // There is none, or none that can be read: it is made anew.
    }
    return found;
  }

  /** The names that have a link now. */
  names(): string[] {
    return existsSync(this.path) ? readdirSync(this.path).filter((name) => !name.startsWith('.')) : [];
  }

  /**
   * Makes the links and the catalog those of `models`, in their order; each is replaced as a whole, and the catalog names no
   * model before its link is there. `memory`: bytes for all of them together.
   * @throws Error for a name that is no name of a model, before anything is changed
   */
  set(models: ReadonlyMap<string, FolderModel>, memory?: number): void {
    for (const name of models.keys()) {
      if (!isFolderName(name)) throw new Error(`${JSON.stringify(name.slice(0, 260))} can not be the name of a model`);
    }
    this.ensure();
    for (const [name, { path }] of models) {
      if (target(join(this.path, name)) !== path) this.#replace(name, (draft) => symlinkSync(path, draft));
    }
    const listed = [...models].map(([name, { digest, memory: bytes }]) => ({ name, digest, memory: bytes }));
    const catalog = join(this.path, CATALOG_FILE);
    const text = catalogText(listed, memory);
    if (readFileSync(catalog, 'utf8') !== text) this.#replace(CATALOG_FILE, (draft) => writeFileSync(draft, text));
    for (const name of this.names()) {
      if (!models.has(name)) rmSync(join(this.path, name), { recursive: true, force: true });
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Puts something in place as a whole; what an end of the platform left half made is made again. */
  #replace(name: string, make: (draft: string) => void): void {
    const draft = join(this.path, '.draft');
    rmSync(draft, { recursive: true, force: true });
    make(draft);
    renameSync(draft, join(this.path, name));
  }
}

function catalogText(models: readonly object[], memory?: number): string {
  return `${JSON.stringify({ ...(memory === undefined ? {} : { memory }), models })}\n`;
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
  folderOf: (namespace: string, service: string) => ModelFolder,
  layOutMounts: (mounts: readonly ModelMount[]) => ModelMount,
): Substrate {
  return {
    start(id, workload) {
      const { runner, mounts, namespace, service } = workload;
      if (runner.kind !== 'native') substrate.start(id, workload);
      else if (runner.multiModel && mounts.length === 0) {
        const folder = folderOf(namespace, service);
        folder.ensure();
        const { path } = folder;
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
