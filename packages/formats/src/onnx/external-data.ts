import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from '../printable.ts';
import { isWithin } from '../safe-files.ts';
import type { ExternalTensor } from './graph.ts';
import { type ReadFile, readAll } from './read-file.ts';

/** A file that a model refers to, read into memory. */
export interface ExternalFile {
  /** As the model writes it, which is how ONNX Runtime looks it up. */
  readonly path: string;
  readonly data: Uint8Array;
  /** Changes when the file does. */
  readonly stamp: string;
}

/**
 * Reads the files in which a model keeps tensors. Only regular files under the model's own folder, named by a plain relative path, reached
 * without a link, and with no second name (a hard link could be any file of the machine). The open file is checked, not the
 * path, so that nothing can be swapped between the check and the read; ONNX Runtime gets the bytes and never a path.
 * @throws LoadError UnsafeModel, ModelUnreadable, CorruptModel for a range outside the file, LimitExceeded.
 */
export async function readExternalData(
  folder: string,
  tensors: readonly ExternalTensor[],
  maxBytes: number,
): Promise<ExternalFile[]> {
  const files = new Map<string, ExternalFile>();
  let remaining = maxBytes;
  for (const tensor of tensors) {
    let file = files.get(tensor.location);
    if (file === undefined) {
      const { bytes, stamp } = await readConfined(folder, tensor, remaining);
      file = { path: tensor.location, data: bytes, stamp };
      remaining -= file.data.length;
      files.set(tensor.location, file);
    }
    const end = tensor.offset + (tensor.length ?? 0);
    if (end > file.data.length || tensor.offset > file.data.length) {
      const name = printable(tensor.location);
      throw new LoadError(
        'CorruptModel',
        `initializer "${tensor.tensor}" lies at bytes ${tensor.offset} to ${end} of ${name}, which has ${file.data.length}`,
      );
    }
  }
  return [...files.values()];
}

async function readConfined(folder: string, tensor: ExternalTensor, maxBytes: number): Promise<ReadFile> {
  const parts = plainParts(tensor);
  const root = await realpath(folder);
  const path = join(root, ...parts);
  await refuseLinks(root, parts, tensor);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    handle = await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw unsafe(tensor, 'is a link');
    throw missing(tensor, error);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw unsafe(tensor, 'is no regular file');
    if (stats.nlink > 1) throw unsafe(tensor, 'has a second name (a hard link), which may lie anywhere; copy the file');
    // The way to the open file again: a folder on it may have become a link since it was looked at.
    if (!isWithin(root, await realpath(path))) throw unsafe(tensor, "leads out of the model's folder");
    const again = await lstat(path);
    if (again.ino !== stats.ino || again.dev !== stats.dev) throw unsafe(tensor, 'changed while it was read');
    return await readAll(handle, stats, maxBytes, printable(tensor.location));
  } catch (error) {
    throw error instanceof LoadError ? error : missing(tensor, error);
  } finally {
    await handle.close();
  }
}

/** The parts of a plain relative path. @throws LoadError UnsafeModel for anything else. */
function plainParts(tensor: ExternalTensor): string[] {
  const { location } = tensor;
  if (location === '') throw unsafe(tensor, 'has no location');
  if (location.length > 4096 || location.includes('\0')) throw unsafe(tensor, 'has a location that is no path');
  if (location.startsWith('*')) throw unsafe(tensor, 'names memory instead of a file');
  if (/^(?:[/\\]|[A-Za-z]:)/.test(location)) throw unsafe(tensor, 'is an absolute path');
  if (location.includes('\\') || location.includes(':'))
    throw unsafe(tensor, 'has a character that means a folder elsewhere');
  const parts = location.split('/').filter((part) => part !== '.' && part !== '');
  if (parts.includes('..')) throw unsafe(tensor, 'leads out of its folder with ".."');
  if (parts.length === 0 || location.endsWith('/')) throw unsafe(tensor, 'names no file');
  return parts;
}

async function refuseLinks(root: string, parts: readonly string[], tensor: ExternalTensor): Promise<void> {
  let path = root;
  for (const part of parts) {
    path = `${path}${sep}${part}`;
    try {
      if ((await lstat(path)).isSymbolicLink()) throw unsafe(tensor, 'is reached through a link');
    } catch (error) {
      throw error instanceof LoadError ? error : missing(tensor, error);
    }
  }
}

function unsafe(tensor: ExternalTensor, why: string): LoadError {
  return new LoadError(
    'UnsafeModel',
    `external data "${printable(tensor.location)}" of initializer "${printable(tensor.tensor)}" ${why}; it must be a file in the model's folder`,
  );
}

function missing(tensor: ExternalTensor, error: unknown): LoadError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new LoadError(
    'ModelUnreadable',
    `external data "${printable(tensor.location)}" of initializer "${printable(tensor.tensor)}" can not be read (${code})`,
    { cause: error },
  );
}
