import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { RemoteObject } from '../remote/remote-store.ts';
import { type Part, type PartedFile, partsOf } from './part.ts';

interface JournalText {
  readonly version: string;
  readonly partBytes: number;
  readonly have: readonly number[];
}

/** What a file's bytes belong to: another content has another one, as far as the store tells. */
export function objectVersion(object: RemoteObject): string {
  const { key, size, etag, sha256, md5, lastModified } = object;
  return JSON.stringify([key, size, etag ?? '', sha256 ?? '', md5 ?? '', lastModified?.getTime() ?? 0]);
}

/** Whether the store tells enough of an object to go on with what an earlier process has brought. */
export function isVersioned(object: RemoteObject): boolean {
  return object.etag !== undefined || object.sha256 !== undefined || object.md5 !== undefined;
}

/**
 * The parts of a file as an earlier process left them: what the journal says is on the disk. Anything that does not fit
 * begins anew.
 */
export async function readJournal(file: string, object: RemoteObject, partBytes: number): Promise<Part[]> {
  const fresh = partsOf(object.size, partBytes);
  if (!isVersioned(object)) return fresh;
  try {
    const journal = JSON.parse(await readFile(journalPath(file), 'utf8')) as JournalText;
    const fits =
      journal.version === objectVersion(object) &&
      journal.partBytes === partBytes &&
      journal.have.length === fresh.length;
    if (!fits) return fresh;
    const handle = await open(file);
    await handle.close();
    return fresh.map((part, index) => {
      const have = journal.have[index] ?? 0;
      const isSound = Number.isSafeInteger(have) && have >= 0 && have <= part.end - part.start;
      return { ...part, have: isSound ? have : 0 };
    });
  } catch {
    return fresh;
  }
}

/** Notes how far a file is; its bytes must be on the disk by now. */
export async function writeJournal(parted: PartedFile, have: readonly number[], partBytes: number): Promise<void> {
  const path = journalPath(parted.file);
  const text: JournalText = { version: objectVersion(parted.object), partBytes, have };
  await writeFile(`${path}.new`, JSON.stringify(text));
  await rename(`${path}.new`, path);
}

/** The bytes of a file are worth nothing. */
export async function dropFile(file: string): Promise<void> {
  await rm(journalPath(file), { force: true });
  await rm(file, { force: true });
}

function journalPath(file: string): string {
  return `${file}.journal`;
}
