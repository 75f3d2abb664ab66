import { ApiClient, ApiError } from '../api-client/api-client.ts';
import { readTarget, TARGET_OPTIONS } from '../api-client/kubeconfig.ts';
import type { OptionSpecs } from '../arguments/parse.ts';
import type { ArgumentValues } from '../arguments/values.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';
import { pathOf } from './resource-types.ts';
import type { Target } from './targets.ts';

export const NAMESPACE_OPTION: OptionSpecs = {
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'default "default"' },
};

export const SESSION_OPTIONS: OptionSpecs = { ...NAMESPACE_OPTION, ...TARGET_OPTIONS };

/** A command's connection to the platform. */
export interface Session {
  readonly client: ApiClient;
  readonly namespace: string;
}

/** @throws CommandError where there is no platform */
export async function openSession(values: ArgumentValues, io: Io): Promise<Session> {
  const target = await readTarget(values, io);
  return { client: new ApiClient(target), namespace: values.text('namespace') ?? target.namespace };
}

/** An object of the API. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** One object. @throws CommandError that names one of a near name where there is none */
export async function getObject(session: Session, target: Required<Target>): Promise<KubeObject> {
  try {
    const { body } = await session.client.call('GET', pathOf(target.info, session.namespace, target.name));
    return body as KubeObject;
  } catch (thrown) {
    throw await withNearName(thrown, session, target);
  }
}

/** Every object of a kind in the namespace. */
export async function listObjects(
  session: Session,
  target: Target,
  query: Readonly<Record<string, string>> = {},
): Promise<KubeObject[]> {
  const { body } = await session.client.call('GET', pathOf(target.info, session.namespace), { query });
  const { items } = body as { items?: KubeObject[] };
  const { group, version, kind } = target.info;
  return (items ?? []).map((item) => ({ apiVersion: group === '' ? version : `${group}/${version}`, kind, ...item }));
}

/** A not-found error with what the person may have meant; any other error as it is. */
export async function withNearName(thrown: unknown, session: Session, target: Required<Target>): Promise<unknown> {
  if (!(thrown instanceof ApiError) || thrown.status !== 404) return thrown;
  const names = await listObjects(session, { info: target.info }).then(
    (objects) => objects.map((one) => one.metadata.name),
    () => [],
  );
  const { nearest } = await import('@berth/api');
  const close = nearest(target.name, names);
  const shown = names.slice(0, 5).join(', ');
  const hint =
    close !== undefined
      ? `did you mean ${close}?`
      : names.length === 0
        ? `there are no ${target.info.plural} in namespace ${session.namespace}; -A lists every namespace`
        : `there are: ${shown}${names.length > 5 ? ', …' : ''}`;
  return new CommandError(thrown.message, { code: thrown.code, exitCode: thrown.exitCode, hint });
}
