import { closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import type { ApiObject } from '@berth/control';
import type { ApiCall } from '../api-server/context.ts';
import { kindInfo } from '../kinds/kind-info.ts';
import { difference } from './difference.ts';

const MAX_BYTES = 20 * 1024 * 1024;

/** A change that came through the API. */
export interface AuditEntry {
  readonly verb: 'create' | 'update' | 'delete';
  readonly call: ApiCall;
  readonly before: ApiObject | undefined;
  readonly after: ApiObject | undefined;
}

/** Where changes are written down. */
export interface AuditLog {
  record(entry: AuditEntry): void;
  close(): void;
}

/**
 * An append-only file of JSON lines: when, who, what, and the difference as a JSON patch. Values of Secrets never stand
 * in it. At 20 MiB it becomes `<file>.1`. A disk that is full does not stop the API: `onProblem` is told, once.
 */
export function openAuditLog(options: {
  readonly file: string;
  readonly now: () => Date;
  readonly onProblem: (message: string) => void;
}): AuditLog {
  const { file, now, onProblem } = options;
  let handle: number | undefined;
  let size = 0;
  let isBroken = false;
  let isTorn = false;
  const open = () => {
    handle = openSync(file, 'a', 0o600);
    size = statSync(file).size;
  };
  const write = (line: string) => {
    if (handle === undefined) open();
    if (size > MAX_BYTES) {
      closeSync(handle as number);
      renameSync(file, `${file}.1`);
      open();
    }
    // A line that a full disk cut must not take the next one with it.
    const bytes = Buffer.from(isTorn ? `\n${line}` : line);
    isTorn = true;
    const written = writeSync(handle as number, bytes);
    size += written;
    if (written < bytes.length) throw new Error('no space left on the disk');
    isTorn = false;
    fsyncSync(handle as number);
  };
  return {
    record(entry) {
      try {
        write(`${JSON.stringify(lineOf(entry, now()))}\n`);
        if (isBroken) onProblem('the audit log can be written again');
        isBroken = false;
      } catch (thrown) {
        if (!isBroken) onProblem(`the audit log ${file} can not be written: ${(thrown as Error).message}`);
        isBroken = true;
      }
    },
    close() {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}

function lineOf({ verb, call, before, after }: AuditEntry, time: Date): object {
  const object = (after ?? before) as ApiObject;
  const isSecret = kindInfo(object.kind)?.isSecret === true;
  const { name, namespace, resourceVersion } = object.metadata;
  const agent = call.request.headers['user-agent'];
  return {
    time: time.toISOString(),
    verb,
    user: 'token',
    ...(agent === undefined ? {} : { agent: agent.slice(0, 200) }),
    ...(call.query.get('fieldManager') === null ? {} : { manager: call.query.get('fieldManager')?.slice(0, 128) }),
    from: call.request.socket.remoteAddress ?? '',
    object: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name,
    },
    resourceVersion,
    ...(verb === 'delete' ? {} : { difference: difference(meant(before, isSecret), meant(after, isSecret, before)) }),
  };
}

/** What a person means by the object: bookkeeping left out, and of Secrets the keys alone. */
function meant(object: ApiObject | undefined, isSecret: boolean, earlier?: ApiObject): unknown {
  if (object === undefined) return undefined;
  const { metadata, data, ...rest } = object as ApiObject & { data?: object };
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, annotations, ...meta } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...kept } = (annotations ?? {}) as Record<
    string,
    string
  >;
  if (isSecret) {
    // Nothing else of it: a misspelled field may hold a value, an annotation a copy of all.
    const known = new Map(Object.entries((earlier?.data ?? {}) as Record<string, unknown>));
    const keys = Object.fromEntries(
      Object.entries(data ?? {}).map(([key, value]) => [
        key,
        known.has(key) && known.get(key) !== value ? '*** (another)' : '***',
      ]),
    );
    const { labels } = meta;
    return { type: rest.type, metadata: { ...(labels === undefined ? {} : { labels }) }, data: keys };
  }
  return { ...rest, metadata: { ...meta, annotations: kept }, ...(data === undefined ? {} : { data }) };
}
