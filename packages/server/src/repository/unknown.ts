import type { Flavour } from '@berth/formats';
import { InferenceError } from '@berth/inference';
import { closestName } from './closest.ts';

/** Names listed in a "not found" text, so that a large repository does not flood an answer. */
const MAX_LISTED = 10;

/** The text with which each peer says that a model is unknown (recorded exchanges of KServe, MLServer, Triton). */
const UNKNOWN_MODEL: ReadonlyMap<Flavour, (name: string) => string> = new Map([
  ['kserve', (name: string) => `Model with name ${name} does not exist.`],
  ['mlserver', (name: string) => `Model ${name} not found.`],
  ['triton', (name: string) => `Request for unknown model: '${name}' is not found.`],
]);

/** NOT_FOUND for `name`, with a close name if there is one and the names this service has. */
export function unknownModel(flavour: Flavour, name: string, known: readonly string[]): InferenceError {
  const text = (UNKNOWN_MODEL.get(flavour) ?? (UNKNOWN_MODEL.get('kserve') as (name: string) => string))(name);
  return new InferenceError('NOT_FOUND', `${text} ${hint(name, known)}`);
}

function hint(name: string, known: readonly string[]): string {
  if (known.length === 0) return 'This service has no models.';
  const close = closestName(name, known);
  const listed = known.slice(0, MAX_LISTED).join(', ');
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : '';
  return `${close === undefined ? '' : `Did you mean "${close}"? `}This service has: ${listed}${more}.`;
}

/** NOT_FOUND for a model that was there and has been unloaded, or never loaded when it was asked to. */
export function unloadedModel(flavour: Flavour, name: string): InferenceError {
  if (flavour === 'triton') {
    return new InferenceError('NOT_FOUND', `Request for unknown model: '${name}' has no available versions`);
  }
  const text = (UNKNOWN_MODEL.get(flavour) ?? (UNKNOWN_MODEL.get('kserve') as (name: string) => string))(name);
  return new InferenceError('NOT_FOUND', `${text} It is not loaded.`);
}

/** NOT_FOUND for a version, with the versions that can be asked for. */
export function unknownVersion(name: string, version: string, ready: readonly string[]): InferenceError {
  const versions = ready.filter((each) => each !== '');
  const offer =
    versions.length === 0
      ? `"${name}" has no named versions: leave /versions/${version} out of the path.`
      : `Versions that are ready: ${versions.join(', ')}.`;
  return new InferenceError(
    'NOT_FOUND',
    `Request for unknown model: '${name}' version ${version} is not found. ${offer}`,
  );
}
