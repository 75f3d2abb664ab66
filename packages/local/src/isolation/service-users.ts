import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Users above those that systems, containers' user namespaces and systemd's dynamic users take. */
const FIRST_UID = 1_900_000_000;
const BLOCK_SIZE = 10_000;
const BLOCKS = 20_000;

/** Gives each service a user id of its own, the same for ever; none of them has a name or a home. */
export class ServiceUsers {
  readonly #file: string;
  readonly #first: number;
  readonly #uids: Map<string, number>;

  constructor(stateFolder: string) {
    this.#file = join(stateFolder, 'users.json');
    // Two platforms on one machine must not share users: each state folder has a block of its own.
    const hash = createHash('sha256').update(stateFolder).digest().readUInt32BE(0);
    this.#first = FIRST_UID + (hash % BLOCKS) * BLOCK_SIZE;
    this.#uids = read(this.#file);
  }

  /** @throws Error where all ids are given */
  uidOf(namespace: string, service: string): number {
    const key = `${namespace}/${service}`;
    const known = this.#uids.get(key);
    if (known !== undefined) return known;
    const uid = Math.max(this.#first - 1, ...this.#uids.values()) + 1;
    if (uid >= this.#first + BLOCK_SIZE) throw new Error(`there are ${BLOCK_SIZE} services with a user each already`);
    this.#uids.set(key, uid);
    writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#uids)), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    return uid;
  }
}

function read(file: string): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1])));
  } catch {
    return new Map();
  }
}
