import { createHash } from 'node:crypto';
import { KINDS } from '../kinds/kind-info.ts';
import { definitions } from '../openapi/definitions.ts';
import { groupVersionPath } from '../openapi/names.ts';
import type { Definitions } from '../openapi/schema.ts';
import { v2Document } from '../openapi/v2-document.ts';
import { v2Protobuf } from '../openapi/v2-protobuf.ts';
import { v3Document } from '../openapi/v3-document.ts';
import { GROUPS } from './resources.ts';

const VERSION = 'unversioned';

/** The answers below `/openapi`, each made when it is asked for first: together they are half a megabyte. */
export class OpenApiAnswers {
  readonly #made = new Map<string, Buffer>();
  #definitions: Definitions | undefined;

  /** OpenAPI v2 as JSON. */
  v2Json(): Buffer {
    return this.#once('v2 json', () => json(v2Document(this.#all(), KINDS, VERSION)));
  }

  /** OpenAPI v2 as gnostic's protobuf. */
  v2Protobuf(): Buffer {
    return this.#once('v2 protobuf', () => Buffer.from(v2Protobuf(this.#all(), KINDS, VERSION)));
  }

  /** The list of group versions, each with the address of its document; the hash in it changes with the document. */
  v3Index(): Buffer {
    return this.#once('v3 index', () => {
      const paths = GROUPS.flatMap(({ name, versions }) =>
        versions.map((version) => {
          const path = groupVersionPath({ group: name, version });
          const hash = createHash('sha256')
            .update(this.v3Document(path) ?? '')
            .digest('hex')
            .toUpperCase();
          return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
        }),
      );
      return json({ paths: Object.fromEntries(paths) });
    });
  }

  /** The document of one group version; undefined where there is none at that path. */
  v3Document(path: string): Buffer | undefined {
    const known = GROUPS.some(({ name, versions }) =>
      versions.some((version) => groupVersionPath({ group: name, version }) === path),
    );
    if (!known) return undefined;
    const kinds = KINDS.filter((info) => groupVersionPath(info) === path);
    return this.#once(`v3 ${path}`, () => json(v3Document(this.#all(), kinds, VERSION)));
  }

  #all(): Definitions {
    this.#definitions ??= definitions(KINDS);
    return this.#definitions;
  }

  #once(name: string, make: () => Buffer): Buffer {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return made;
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
