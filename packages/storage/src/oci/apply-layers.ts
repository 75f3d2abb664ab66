import { cp, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { UnpackOptions } from '../archive/unpack.ts';
import { unpackTar } from '../archive/unpack-tar.ts';
import { safePath } from '../download/file-paths.ts';
import { fromFileSystemError, StorageError } from '../storage-error.ts';
import type { OciLayer } from './manifest.ts';

/** Where the model lies in an image, as KServe has it. */
const MODELS = 'models';
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** A layer with its bytes on the disk, checked. */
export interface LayerFile {
  readonly layer: OciLayer;
  readonly file: string;
}

/**
 * Lays the `/models` of an image's layers into an empty folder, each over those before it: what a layer deletes (whiteouts)
 * is not there. Files of an artifact that are no archives go under their title.
 * @throws StorageError NotFound where the image has no models
 */
export async function applyLayers(
  layers: readonly LayerFile[],
  folder: string,
  scratch: string,
  options: UnpackOptions,
): Promise<void> {
  try {
    for (const [index, layer] of layers.entries()) {
      const place = join(scratch, `layer-${index}`);
      await rm(place, { recursive: true, force: true });
      await applyLayer(layer, folder, place, options);
      await rm(place, { recursive: true, force: true });
    }
  } catch (thrown) {
    throw fromFileSystemError(thrown, 'unpacking the image');
  }
  if ((await readdir(folder)).length === 0) {
    throw new StorageError('NotFound', 'the image has no files under /models');
  }
}

async function applyLayer({ layer, file }: LayerFile, folder: string, place: string, options: UnpackOptions) {
  const packing = await packingOf(file);
  if (layer.title !== undefined && !/tar/.test(layer.mediaType)) {
    const path = safePath(layer.title);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(file, join(folder, path));
    return;
  }
  const whiteouts: string[] = [];
  await mkdir(place, { recursive: true });
  await unpackTar(file, place, packing, {
    ...options,
    mayBeEmpty: true,
    select: (path) => {
      const parts = path.split('/').filter((part) => part !== '' && part !== '.');
      const name = parts.at(-1) ?? '';
      const isWhiteout = name.startsWith(WHITEOUT);
      // One at the image's root may hide the folder of the models itself.
      const isInside = parts[0] === MODELS || (isWhiteout && parts.length === 1);
      if (!isInside) return undefined;
      if (!isWhiteout) return parts.length === 1 ? './' : parts.slice(1).join('/');
      whiteouts.push(parts.join('/'));
      return undefined;
    },
  });
  for (const whiteout of whiteouts) await applyWhiteout(whiteout, folder);
  await moveOver(place, folder);
}

/** Removes from the layers below what a layer hides. */
async function applyWhiteout(path: string, folder: string): Promise<void> {
  const parts = path.split('/');
  const name = parts.pop() as string;
  const hidden = name === OPAQUE ? parts : [...parts, name.slice(WHITEOUT.length)];
  // Such a name is no file's: one of a dot would take away the folder that the layer is laid into.
  if (hidden.some((part) => part === '..' || part === '.' || part === '')) return;
  // All of the image, or the folder of the models: what is below it goes.
  if (hidden.length <= 1) {
    if (hidden.length === 1 && hidden[0] !== MODELS) return;
    for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true, force: true });
    return;
  }
  if (hidden[0] !== MODELS) return;
  await rm(join(folder, ...hidden.slice(1)), { recursive: true, force: true });
}

/** Moves what is in one folder over another: folders join, a file replaces whatever has its name. */
async function moveOver(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    const there = await stat(target).catch(() => undefined);
    if (entry.isDirectory() && there?.isDirectory() === true) await moveOver(source, target);
    else {
      if (there !== undefined) await rm(target, { recursive: true, force: true });
      await rename(source, target);
    }
  }
}

/** How a layer is packed, by its first bytes, whatever its media type says. */
async function packingOf(file: string): Promise<false | Duplex> {
  const handle = await open(file);
  try {
    const head = Buffer.alloc(4);
    await handle.read(head, 0, 4, 0);
    if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip();
    return head.readUInt32LE(0) === 0xfd2fb528 ? createZstdDecompress() : false;
  } finally {
    await handle.close();
  }
}
