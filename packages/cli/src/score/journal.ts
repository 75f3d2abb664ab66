import { open, readFile, rename } from 'node:fs/promises';
import type { Position } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';

/** What a run depends on, as text to compare: a run may go on only where all of it is as it was. */
export interface RunIdentity {
  readonly input: string;
  readonly model: string;
  readonly settings: string;
}

/** How far a run has come: all of this is on the disk. */
export interface Progress {
  /** Where the rows that are not done start. */
  readonly next: Position;
  readonly outputBytes: number;
  readonly errorBytes: number;
  readonly scored: number;
  readonly failed: number;
}

interface JournalFile extends Progress {
  readonly version: 1;
  readonly identity: RunIdentity;
}

const NAMES: Readonly<Record<keyof RunIdentity, string>> = {
  input: 'the input file has changed',
  model: 'the model has changed',
  settings: 'the options are others',
};

/** Replaces the journal: after a crash the old one or the new one is there. */
export async function writeJournal(path: string, identity: RunIdentity, progress: Progress): Promise<void> {
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(JSON.stringify({ version: 1, identity, ...progress } satisfies JournalFile));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/**
 * The progress of an earlier run; undefined where it had none on the disk.
 * @throws CommandError where that run was about something else
 */
export async function readJournal(path: string, identity: RunIdentity): Promise<Progress | undefined> {
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (text === undefined) return undefined;
  const journal = parseJournal(text, path);
  for (const key of ['input', 'model', 'settings'] as const) {
    if (journal.identity[key] === identity[key]) continue;
    throw new CommandError(`the partial output can not be gone on with: ${NAMES[key]} since`, {
      hint: '--force starts again',
    });
  }
  return journal;
}

function parseJournal(text: string, path: string): JournalFile {
  try {
    const journal = JSON.parse(text) as JournalFile;
    const { next, outputBytes, errorBytes, scored, failed } = journal;
    const numbers = [next.offset, next.row, next.line, outputBytes, errorBytes, scored, failed];
    if (journal.version === 1 && numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) return journal;
  } catch {
    // Told below.
  }
  throw new CommandError(`${path} is not a journal of berth score`, { hint: '--force starts again' });
}
