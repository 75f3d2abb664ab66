import type { InferenceServiceStatus } from '@berth/api';
import { ApiClient, ApiError } from '../api-client/api-client.ts';
import { readTarget } from '../api-client/kubeconfig.ts';
import type { ArgumentValues } from '../arguments/values.ts';
import { readPlatform } from '../platform/read-platform.ts';
import { stateFolder } from '../platform/state-folder.ts';
import { kindNamed, pathOf } from '../resources/resource-types.ts';
import type { KubeObject } from '../resources/session.ts';
import type { Io } from '../terminal/io.ts';

/** Where a service of the local platform is asked. */
export interface PlatformTarget {
  /** The gateway's URL with the service's path. */
  readonly url: string;
  /** The model's name, which may differ from the service's. */
  readonly model: string;
}

/**
 * Finds a service by its name on the platform that runs here; undefined where none runs or it holds no such service.
 * `word` is `name` or `namespace/name`.
 */
export async function findOnPlatform(
  word: string,
  values: ArgumentValues,
  io: Io,
): Promise<PlatformTarget | undefined> {
  const platform = await readPlatform(stateFolder(values, io));
  const gateway = platform?.gatewayUrls[0];
  if (gateway === undefined) return undefined;
  const target = await readTarget(values, io);
  const [first = '', second] = word.split('/', 2);
  const namespace = second === undefined ? (values.text('namespace') ?? target.namespace) : first;
  const name = second ?? first;
  const client = new ApiClient(target);
  const service = await client.call('GET', pathOf(kindNamed('isvc'), namespace, name)).then(
    (answer) => answer.body as KubeObject,
    (thrown: unknown) => {
      if (thrown instanceof ApiError && thrown.status === 404) return undefined;
      throw thrown;
    },
  );
  if (service === undefined) return undefined;
  const models = ((service.status ?? {}) as InferenceServiceStatus).models ?? [];
  return {
    url: `${gateway.replace(/\/$/, '')}/serving/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
    model: models.length === 1 ? (models[0]?.name ?? name) : name,
  };
}
