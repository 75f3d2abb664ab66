import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { ApiObject } from '@berth/control';
import { type KindInfo, kindInfo } from '../kinds/kind-info.ts';
import { UnusableDatabase } from './schema.ts';
import type { SecretBox } from './secret-box.ts';

/** A change that could not be written: nothing of it was taken. */
export class StorageFailure extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StorageFailure';
  }
}

interface Row {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly data: Uint8Array;
  readonly crc: number;
}

/** Result codes of SQLite that deserve their own words. */
const SQLITE_FULL = 13;

/** Objects as rows. Each row carries a checksum, since SQLite sees a flipped bit in its own structure alone. */
export class ObjectTable {
  readonly #database: DatabaseSync;
  readonly #secrets: SecretBox;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #reserve: StatementSync;

  constructor(database: DatabaseSync, secrets: SecretBox) {
    this.#database = database;
    this.#secrets = secrets;
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO objects (kind, namespace, name, revision, data, crc) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#drop = database.prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?');
    this.#reserve = database.prepare("UPDATE counters SET value = ? WHERE name = 'revision'");
  }

  /** No revision above this one was ever given out. */
  get reserved(): number {
    const counter = this.#database.prepare("SELECT value FROM counters WHERE name = 'revision'").get();
    const highest = this.#database.prepare('SELECT max(revision) AS value FROM objects').get();
    return Math.max(Number(counter?.value ?? 0), Number(highest?.value ?? 0));
  }

  /** @throws StorageFailure */
  reserve(revision: number): void {
    this.#transact(() => this.#reserve.run(revision));
  }

  /** @throws StorageFailure */
  put(info: KindInfo, object: ApiObject, reserve: number | undefined): void {
    const { namespace = '', name, resourceVersion } = object.metadata;
    const text = JSON.stringify(object);
    const data = info.isSecret ? this.#secrets.seal(text, contextOf(info.kind, namespace, name)) : Buffer.from(text);
    const crc = checksum(info.kind, namespace, name, data);
    this.#transact(() => {
      this.#put.run(info.kind, namespace, name, Number(resourceVersion), data, crc);
      if (reserve !== undefined) this.#reserve.run(reserve);
    });
  }

  /** @throws StorageFailure */
  drop(objects: readonly ApiObject[], reserve: number | undefined): void {
    this.#transact(() => {
      for (const { kind, metadata } of objects) this.#drop.run(kind, metadata.namespace ?? '', metadata.name);
      if (reserve !== undefined) this.#reserve.run(reserve);
    });
  }

  /** Everything that this build can read; the rest stays where it is, and `onProblem` is told. */
  load(onProblem: (message: string) => void): ApiObject[] {
    const objects: ApiObject[] = [];
    for (const { kind, namespace, name, data } of rowsOf(this.#database)) {
      const info = kindInfo(kind);
      if (info === undefined) {
        onProblem(
          `the stored ${kind} ${namespace}/${name} is of a kind that this build does not know; it is left alone`,
        );
        continue;
      }
      try {
        const context = contextOf(kind, namespace, name);
        const text = info.isSecret ? this.#secrets.open(data, context) : Buffer.from(data).toString('utf8');
        objects.push(JSON.parse(text) as ApiObject);
      } catch {
        const why = info.isSecret ? 'can not be decrypted (was secret.key replaced?)' : 'can not be read';
        onProblem(`the stored ${kind} ${namespace}/${name} ${why}; apply it again`);
      }
    }
    return objects;
  }

  #transact(change: () => void): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      change();
      this.#database.exec('COMMIT');
    } catch (thrown) {
      // Some failures end the transaction by themselves.
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      const { errcode } = thrown as { errcode?: number };
      const why =
        errcode === SQLITE_FULL ? 'the disk of the state folder is full; free some space' : (thrown as Error).message;
      throw new StorageFailure(`the change could not be stored, and nothing was changed: ${why}`, thrown);
    }
  }
}

/** @throws UnusableDatabase where a row is not what was written */
export function checkRows(database: DatabaseSync, file: string): void {
  try {
    for (const row of rowsOf(database)) {
      if (checksum(row.kind, row.namespace, row.name, row.data) === row.crc) continue;
      throw new UnusableDatabase(`${file} is damaged: ${row.kind} ${row.namespace}/${row.name} was altered`, true);
    }
  } catch (thrown) {
    if (thrown instanceof UnusableDatabase) throw thrown;
    throw new UnusableDatabase(`${file} is damaged: ${(thrown as Error).message}`, true, thrown);
  }
}

function rowsOf(database: DatabaseSync): Iterable<Row> {
  const rows: unknown = database.prepare('SELECT kind, namespace, name, revision, data, crc FROM objects').iterate();
  return rows as Iterable<Row>;
}

function contextOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function checksum(kind: string, namespace: string, name: string, data: Uint8Array): number {
  return crc32(data, crc32(contextOf(kind, namespace, name)));
}
