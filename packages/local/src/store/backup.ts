import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { checkRows } from './object-table.ts';
import { openDatabase } from './schema.ts';

/** Where the copy of a database lies. */
export function backupOf(file: string): string {
  return `${file}.backup`;
}

/**
 * Copies the database beside itself. The copy is read whole before it takes the place of the one before: a file that
 * was damaged under our feet must not replace a good copy.
 * @throws UnusableDatabase where the copy is damaged, so the database is; Error where the disk is full
 */
export function writeBackup(database: DatabaseSync, file: string): void {
  const draft = `${backupOf(file)}.new`;
  removeDatabase(draft);
  try {
    database.prepare('VACUUM INTO ?').run(draft);
    const copy = openDatabase(draft);
    try {
      checkRows(copy, file);
    } finally {
      copy.close();
    }
    sync(draft);
    renameSync(draft, backupOf(file));
    sync(dirname(file));
  } finally {
    removeDatabase(draft);
  }
}

/** Puts the copy in place of a database that is gone. False where there is no copy that is good. */
export function restoreBackup(file: string): boolean {
  const backup = backupOf(file);
  if (!existsSync(backup)) return false;
  try {
    copyFileSync(backup, file);
    const copy = openDatabase(file);
    try {
      checkRows(copy, file);
    } finally {
      copy.close();
    }
    return true;
  } catch {
    removeDatabase(file);
    return false;
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
