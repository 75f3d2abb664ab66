import type { ApiObject } from '@berth/control';
import { ApiFailure } from './failure.ts';

const TEXTS = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion'];
const MAPS = ['labels', 'annotations'];
const OWNER_TEXTS = ['apiVersion', 'kind', 'name', 'uid'];

/**
 * The metadata of what a client sent, of the types that metav1.ObjectMeta has: the rest of the platform relies on them.
 * What is null is left out, as if it were not there.
 * @throws ApiFailure 400 that names the field
 */
export function typedMetadata(value: unknown): ApiObject['metadata'] {
  if (value === undefined || value === null) return {} as ApiObject['metadata'];
  if (!isObject(value)) throw wrong('metadata', 'an object');
  const metadata = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
  const field = (name: string): unknown => (Object.hasOwn(metadata, name) ? metadata[name] : undefined);
  for (const name of TEXTS) {
    const text = field(name);
    if (text !== undefined && typeof text !== 'string') throw wrong(`metadata.${name}`, 'text');
  }
  for (const name of MAPS) {
    const map = field(name);
    if (map === undefined) continue;
    if (!isObject(map)) throw wrong(`metadata.${name}`, 'a map of texts');
    for (const [key, text] of Object.entries(map)) {
      if (typeof text !== 'string') throw wrong(`metadata.${name}.${key.slice(0, 100)}`, 'text (put it in quotes)');
    }
  }
  const finalizers = field('finalizers');
  const isTexts = Array.isArray(finalizers) && finalizers.every((one) => typeof one === 'string' && one !== '');
  if (finalizers !== undefined && !isTexts) throw wrong('metadata.finalizers', 'a list of texts');
  const owners = field('ownerReferences');
  const isOwner = (one: unknown) => isObject(one) && OWNER_TEXTS.every((name) => typeof one[name] === 'string');
  if (owners !== undefined && !(Array.isArray(owners) && owners.every(isOwner))) {
    throw wrong('metadata.ownerReferences', `a list of objects with ${OWNER_TEXTS.join(', ')}`);
  }
  return metadata as unknown as ApiObject['metadata'];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(field: string, wanted: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', `${field} must be ${wanted}`, {
    causes: [{ field, message: `must be ${wanted}` }],
  });
}
