import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What the cache knows of a URI it once fetched. */
export interface CacheReference {
  /** Digest of the downloaded bytes. */
  readonly sha256: string;
  /** Name of the tree under `trees/`: the digest, and how it was laid out. */
  readonly tree: string;
  /** For a single file its name inside the tree; absent for an unpacked archive. */
  readonly fileName?: string;
  readonly etag?: string;
  readonly lastModified?: string;
}

/**
 * A folder of models by content: `trees/<digest>` is complete or not there at all, since it is made elsewhere and renamed
 * into place; `references/<digest of the URI>.json` tells which tree a URI had last.
 */
export class ModelCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the lock of a URI stands. */
  lockPath(uri: string): string {
    return join(this.folder, 'locks', `${digestOf(uri)}.lock`);
  }

  /** Where the unfinished download of a URI is kept for resuming. */
  partialFolder(uri: string): string {
    return join(this.folder, 'partial', digestOf(uri));
  }

  /** The tree of a URI, if it was fetched before and is still there. */
  async lookUp(uri: string): Promise<CacheReference | undefined> {
    try {
      const reference = JSON.parse(await readFile(this.#referencePath(uri), 'utf8')) as CacheReference;
      if (!/^[0-9a-f]{64}[\w.-]*$/.test(reference.tree)) return undefined;
      await stat(this.pathOf(reference));
      return reference;
    } catch {
      return undefined;
    }
  }

  /** The folder (or the single file) that a reference stands for. */
  pathOf(reference: CacheReference): string {
    const tree = join(this.folder, 'trees', reference.tree);
    return reference.fileName === undefined ? tree : join(tree, reference.fileName);
  }

  /** Fills a new folder with `fill` and puts it into place as a whole; what fails leaves nothing behind. */
  async addTree(tree: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const place = join(this.folder, 'trees', tree);
    if (
      await stat(place).then(
        () => true,
        () => false,
      )
    )
      return;
    const draft = join(this.folder, 'drafts', randomUUID());
    await mkdir(draft, { recursive: true });
    await mkdir(join(this.folder, 'trees'), { recursive: true });
    try {
      await fill(draft);
      await rename(draft, place).catch(async (thrown: NodeJS.ErrnoException) => {
        // Another URI with the same content came first; its tree is as good.
        if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /** Remembers which tree a URI has. The URI itself, which may hold a signature, is not written. */
  async remember(uri: string, reference: CacheReference): Promise<void> {
    const path = this.#referencePath(uri);
    await mkdir(join(this.folder, 'references'), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, JSON.stringify(reference));
    await rename(draft, path);
  }

  #referencePath(uri: string): string {
    return join(this.folder, 'references', `${digestOf(uri)}.json`);
  }
}

/** SHA-256 of a file's bytes, in hex. */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
