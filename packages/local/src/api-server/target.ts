import { KINDS, type KindInfo } from '../kinds/kind-info.ts';

/** What a path of the API names. */
export interface ApiTarget {
  readonly info: KindInfo;
  readonly namespace?: string;
  readonly name?: string;
  /** `status`, `log`, …. */
  readonly subresource?: string;
}

const BY_PATH: ReadonlyMap<string, KindInfo> = new Map(
  KINDS.map((info) => [`${info.group}/${info.version}/${info.plural}`, info]),
);

/**
 * Takes a path apart: `/api/v1/…`, `/apis/<group>/<version>/…`, with or without a namespace. Undefined where it names no
 * resource of ours.
 */
export function targetOf(path: string): ApiTarget | undefined {
  const steps = decodeSteps(path);
  if (steps === undefined) return undefined;
  const [root, ...afterRoot] = steps;
  const [group, version, rest] =
    root === 'api'
      ? ['', afterRoot[0], afterRoot.slice(1)]
      : root === 'apis'
        ? [afterRoot[0], afterRoot[1], afterRoot.slice(2)]
        : [];
  if (group === undefined || version === undefined || rest === undefined || rest.length === 0) return undefined;
  const find = (plural: string | undefined) => BY_PATH.get(`${group}/${version}/${plural}`);
  // `/namespaces/x` is an object, `/namespaces/x/pods` a collection inside it.
  if (rest[0] === 'namespaces' && rest.length > 2 && !(group === '' && rest[2] === 'status')) {
    const [, namespace, plural, name, subresource, ...more] = rest as string[];
    const info = find(plural);
    if (info === undefined || !info.isNamespaced || more.length > 0 || namespace === '') return undefined;
    return target(info, namespace, name, subresource);
  }
  const [plural, name, subresource, ...more] = rest as string[];
  const info = find(plural);
  if (info === undefined || more.length > 0) return undefined;
  // A namespaced kind without a namespace is the list of all.
  if (info.isNamespaced && name !== undefined) return undefined;
  return target(info, undefined, name, subresource);
}

function target(info: KindInfo, namespace?: string, name?: string, subresource?: string): ApiTarget {
  return {
    info,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined || name === '' ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

function decodeSteps(path: string): string[] | undefined {
  try {
    const steps = path.split('/').slice(1).map(decodeURIComponent);
    if (steps.at(-1) === '') steps.pop();
    return steps.some((step) => step === '' || step === '.' || step === '..' || /[/\0]/.test(step)) ? undefined : steps;
  } catch {
    return undefined;
  }
}
