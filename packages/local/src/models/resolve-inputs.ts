import type { ModelRequest, ResourceStore } from '@berth/control';
import type { ModelInputs } from './model-inputs.ts';
import { volumeFolders } from './volume-folders.ts';

const STRICT_EGRESS = 'berth.dev/strict-egress';

/** What a request comes down to, or why it can not be fetched as it stands. */
export type ResolvedInputs =
  | { readonly inputs: ModelInputs; readonly warnings: readonly string[] }
  | { readonly failure: { readonly reason: string; readonly message: string }; readonly warnings: readonly string[] };

/** Finds what a request needs in the store: Secrets, the folders of claims. Waits for nothing. */
export function resolveInputs(
  request: ModelRequest,
  store: ResourceStore,
  options: { readonly volumes?: Readonly<Record<string, string>>; readonly strictEgress?: boolean },
  _env: Readonly<Record<string, string | undefined>>,
): ResolvedInputs {
  const { uri, namespace, annotations, env } = request;
  if (uri === undefined || uri.trim() === '') {
    return { failure: { reason: 'InvalidStorageUri', message: 'the service names no storage URI' }, warnings: [] };
  }
  const isStrict = /^(true|on|enabled)$/i.test(annotations[STRICT_EGRESS] ?? '');
  return {
    inputs: {
      uri,
      credentials: { env, files: {}, caBundles: [] },
      volumes: uri.startsWith('pvc:') ? volumeFolders(store, namespace, options.volumes ?? {}) : {},
      allow: env.STORAGE_ALLOW_PATTERNS,
      ignore: env.STORAGE_IGNORE_PATTERNS,
      strictEgress: isStrict || options.strictEgress === true,
      sha256: request.sha256,
      refresh: request.refresh,
    },
    warnings: [],
  };
}
