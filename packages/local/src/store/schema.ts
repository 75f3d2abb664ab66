import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Version of the tables below; a build reads its own and older ones, and refuses newer ones. */
export const SCHEMA_VERSION = 1;

/** A database that this build can not use. */
export class UnusableDatabase extends Error {
  /** Whether the file is broken, rather than newer than this build. */
  readonly isCorrupt: boolean;

  constructor(message: string, isCorrupt: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'UnusableDatabase';
    this.isCorrupt = isCorrupt;
  }
}

/**
 * Opens the database of a store and makes its tables where they are missing. Every commit is on the disk when it returns
 * (write-ahead log, synchronous FULL).
 * @throws UnusableDatabase where it is broken or of a newer schema
 */
export function openDatabase(file: string): DatabaseSync {
  // Before SQLite makes it readable to all: it would be so until its first write.
  closeSync(openSync(file, 'a', 0o600));
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(file);
  } catch (thrown) {
    throw unusable(file, thrown);
  }
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000');
    checkStructure(database, file);
    const version = versionOf(database);
    if (version > SCHEMA_VERSION) {
      throw new UnusableDatabase(
        `${file} was written by a newer Berth (schema ${version}; this one knows ${SCHEMA_VERSION}); use that one, or another --state-dir`,
        false,
      );
    }
    if (version === 0) create(database);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown instanceof UnusableDatabase ? thrown : unusable(file, thrown);
  }
}

function checkStructure(database: DatabaseSync, file: string): void {
  const rows = database.prepare('PRAGMA integrity_check(1)').all() as { integrity_check: string }[];
  const [first] = rows;
  if (first?.integrity_check !== 'ok') {
    throw new UnusableDatabase(`${file} is damaged: ${String(first?.integrity_check).slice(0, 300)}`, true);
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function create(database: DatabaseSync): void {
  database.exec(`
    BEGIN;
    CREATE TABLE objects (
      kind TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      revision INTEGER NOT NULL,
      data BLOB NOT NULL,
      crc INTEGER NOT NULL,
      PRIMARY KEY (kind, namespace, name)
    ) WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO counters VALUES ('revision', 0);
    PRAGMA user_version = ${SCHEMA_VERSION};
    COMMIT;
  `);
}

function unusable(file: string, thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const isCorrupt = /malformed|not a database|corrupt|disk image/i.test(message);
  return isCorrupt
    ? new UnusableDatabase(`${file} is damaged: ${message}`, true, thrown)
    : new Error(`${file} can not be opened: ${message}`, { cause: thrown });
}
