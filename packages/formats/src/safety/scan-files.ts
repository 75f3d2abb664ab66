import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { LoadError } from '@berth/inference';
import { looksLikePickle, unpackFile } from '../joblib/read.ts';
import { OP } from '../pickle/opcodes.ts';
import { printable } from '../printable.ts';
import { Findings } from './findings.ts';
import { MAX_DESCRIPTION_BYTES, mayDescribeKeras, noteKerasLambda } from './keras-lambda.ts';
import { type SafetyReport, safetyReport } from './safety-report.ts';
import { scanPickles } from './scan-pickle.ts';
import { type ZipEntry, zipEntries } from './zip-entries.ts';

/** A file is read whole up to this; a file in a zip too. */
const MAX_BYTES = 10 * 2 ** 30;
const MAX_ENTRY_BYTES = 2 ** 30;
/** All that is unpacked of one zip. */
const MAX_ZIP_BYTES = 4 * 2 ** 30;
const OPCODES: ReadonlySet<number> = new Set(Object.values(OP));
const MAX_FILES = 1000;
const MAX_DEPTH = 5;
const HEAD_BYTES = 512;

/** Names under which Python's libraries save pickles. */
const PICKLE_NAME = /\.(pkl|pickle|joblib|jl|sav|p|pt|pth|bin|ckpt|dill|dat|npy|model)(\.(gz|z|bz2|xz|lzma|lz4))?$/i;

/**
 * What the pickles in a file, or in the files of a folder, ask Python for; zips (PyTorch, npz) are looked into. Nothing of
 * them is run, and what Berth would refuse is read all the same. `path`: absolute.
 * @throws LoadError ModelUnreadable
 */
export async function scanFiles(path: string): Promise<SafetyReport> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined)
    throw new LoadError('ModelUnreadable', `there is no file or folder ${printable(basename(path))}`);
  if (!stats.isDirectory()) return safetyReport(await scanFile(path, undefined));
  const found: { file?: string; findings: Findings }[] = [];
  const { files, isCut } = await filesBelow(path);
  for (const file of files) found.push(...(await scanFile(file, printable(relative(path, file)))));
  if (isCut) {
    const findings = new Findings();
    findings.odd(
      'incomplete',
      `the folder holds more than ${MAX_FILES} files or is nested deeper than ${MAX_DEPTH}; the others are not read`,
    );
    found.push({ findings });
  }
  return safetyReport(found);
}

type Part = { readonly file?: string; readonly findings: Findings };

async function scanFile(path: string, file: string | undefined): Promise<Part[]> {
  const findings = new Findings();
  const named = file === undefined ? {} : { file };
  try {
    // O_NONBLOCK: a pipe to which nobody writes must not hold the open.
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await handle.stat();
    const { size } = stats;
    if (!stats.isFile()) return [];
    const head = new Uint8Array(Math.min(size, HEAD_BYTES));
    await handle.read(head, 0, head.length, 0);
    if (isZip(head)) {
      const entries = await zipEntries(handle, size);
      return await scanZip(entries, file);
    }
    if (mayDescribeKeras(head)) {
      const description = new Uint8Array(Math.min(size, MAX_DESCRIPTION_BYTES));
      await handle.read(description, 0, description.length, 0);
      noteKerasLambda(description, findings);
      if (findings.oddities.length > 0) return [{ ...named, findings }];
    }
    if (!mayHoldPickle(head, basename(path))) return [];
    // Nothing that Python would take for a pickle starts with a byte that is none of its instructions.
    if (!isSurelyPickle(head) && !OPCODES.has(head[0])) return [];
    if (size > MAX_BYTES) throw new LoadError('LimitExceeded', `${size} bytes are more than is read`);
    scanContent(await unpackFile(new Uint8Array(await handle.readFile()), MAX_BYTES), findings);
  } catch (thrown) {
    if (!(thrown instanceof LoadError) && (thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    findings.odd('incomplete', `it can not be read: ${(thrown as Error).message}`);
  }
  return [{ ...named, findings }];
}

async function scanZip(entries: readonly ZipEntry[], file: string | undefined): Promise<Part[]> {
  const parts: Part[] = [];
  let left = MAX_ZIP_BYTES;
  for (const entry of entries) {
    if (entry.name.endsWith('/')) continue;
    const name = printable(file === undefined ? entry.name : `${file}!${entry.name}`).slice(0, 300);
    // PyTorch's tensors lie beside their pickle as bare bytes, and are the most of it.
    if (!PICKLE_NAME.test(entry.name) && /\/data\/\d+$/.test(entry.name)) continue;
    const findings = new Findings();
    try {
      const bytes = await entry.read(Math.min(MAX_ENTRY_BYTES, left));
      left -= bytes.length;
      if (mayDescribeKeras(bytes)) noteKerasLambda(bytes, findings);
      if (isZip(bytes)) findings.odd('incomplete', 'it is a zip in a zip, which is not looked into');
      else if (mayHoldPickle(bytes.subarray(0, HEAD_BYTES), entry.name)) {
        scanContent(await unpackFile(new Uint8Array(bytes), MAX_ENTRY_BYTES), findings);
      }
    } catch (thrown) {
      if (!(thrown instanceof LoadError)) throw thrown;
      findings.odd('incomplete', `it can not be read: ${thrown.message}`);
    }
    if (findings.pickles > 0 || findings.oddities.length > 0) parts.push({ file: name, findings });
  }
  return parts;
}

/** A pickle, a numpy file whose elements are objects, or neither. */
function scanContent(bytes: Uint8Array, findings: Findings): void {
  if (isNumpyFile(bytes)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isLong = bytes[6] >= 2;
    const start = isLong ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
    const header = Buffer.from(bytes.subarray(10, Math.min(start, bytes.length))).toString('latin1');
    // Only the element type O is pickled; fields of records may have it too.
    if (/'\|?O\d*'/.test(header)) scanPickles(bytes.subarray(Math.min(start, bytes.length)), findings);
    return;
  }
  const inner = new Findings();
  scanPickles(bytes, inner);
  // Another kind of file under such a name: Python would end at the same byte, and has come to no name by then.
  const isNone = inner.globals.size === 0 && inner.oddities.every((one) => one.kind === 'damaged');
  if (isNone && inner.oddities.length > 0 && !looksLikePickle(bytes.subarray(0, HEAD_BYTES))) return;
  findings.take(inner);
}

function isNumpyFile(head: Uint8Array): boolean {
  return head[0] === 0x93 && Buffer.from(head.subarray(1, 6)).toString('latin1') === 'NUMPY' && head.length > 12;
}

function isZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] === 3 || head[2] === 5) && (head[3] === 4 || head[3] === 6);
}

/** By its first bytes, or by a name that Python's libraries give to pickles. */
function mayHoldPickle(head: Uint8Array, name: string): boolean {
  return head.length >= 2 && (isSurelyPickle(head) || PICKLE_NAME.test(name));
}

function isSurelyPickle(head: Uint8Array): boolean {
  return looksLikePickle(head) || isNumpyFile(head);
}

async function filesBelow(root: string): Promise<{ files: string[]; isCut: boolean }> {
  const files: string[] = [];
  let isCut = false;
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (files.length >= MAX_FILES) isCut = true;
      else if (entry.isFile()) files.push(join(folder, entry.name));
      else if (entry.isDirectory() && depth >= MAX_DEPTH) isCut = true;
      else if (entry.isDirectory()) await visit(join(folder, entry.name), depth + 1);
    }
  };
  await visit(root, 0);
  return { files: files.sort(), isCut };
}
