import { createHash } from 'node:crypto';
import type { ModelRequest } from '@berth/control';
import type { FetchCredentials } from '@berth/storage';

/** What a request comes down to: one URI, and with what it is fetched. */
export interface ModelInputs {
  readonly uri: string;
  readonly credentials: FetchCredentials;
  readonly volumes: Readonly<Record<string, string>>;
  readonly allow: string | undefined;
  readonly ignore: string | undefined;
  readonly strictEgress: boolean;
  readonly sha256: string | undefined;
  readonly refresh: string;
}

/** Changes when anything that decides the bytes does; holds no secret. */
export function inputsKey(inputs: ModelInputs): string {
  return createHash('sha256').update(stableJson(inputs)).digest('hex');
}

/** What a request itself says, whatever its Secrets hold: the same text means the same wish. */
export function requestKey(request: ModelRequest): string {
  const { uri, storage, serviceAccountName, annotations, env, sha256, refresh } = request;
  return createHash('sha256')
    .update(stableJson({ uri, storage, serviceAccountName, annotations, env, sha256, refresh }))
    .digest('hex');
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}
