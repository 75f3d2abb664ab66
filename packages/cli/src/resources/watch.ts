import type { ApiClient } from '../api-client/api-client.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { KubeObject } from './session.ts';

/** One event of a watch. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

interface WatchOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** Everything that is there, and then every change, until the signal or the end of the server. */
export async function* watchObjects(
  client: ApiClient,
  path: string,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent> {
  const query = { ...options.query, watch: 'true' };
  const lines = client.lines(path, {
    query,
    ...(options.accept === undefined ? {} : { accept: options.accept }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const event = JSON.parse(line) as { type: string; object: KubeObject & { message?: string } };
    if (event.type === 'BOOKMARK') continue;
    if (event.type === 'ERROR') throw new CommandError(event.object.message ?? 'the watch ended with an error');
    yield event as WatchEvent;
  }
}
