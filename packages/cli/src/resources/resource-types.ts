import { KINDS, type KindInfo, nearest } from '@berth/api';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';

const BY_NAME: ReadonlyMap<string, KindInfo> = new Map(
  KINDS.flatMap((info) => namesOf(info).map((name) => [name, info] as const)),
);

/** Everything a kind is called on a command line, in lower case. */
function namesOf(info: KindInfo): string[] {
  const names = [info.plural, info.singular, ...info.shortNames];
  const full =
    info.group === '' ? [] : [`${info.plural}.${info.group}`, `${info.plural}.${info.version}.${info.group}`];
  return [...names, ...full];
}

/**
 * The kind of a word such as `isvc`, `pods` or `inferenceservices.serving.kserve.io`.
 * @throws CommandError with the nearest name
 */
export function kindNamed(word: string): KindInfo {
  const lower = word.toLowerCase();
  const found = BY_NAME.get(lower);
  if (found !== undefined) return found;
  const close = nearest(lower, BY_NAME.keys());
  throw new CommandError(`there is no resource type "${word.slice(0, 100)}"`, {
    exitCode: EXIT.usage,
    hint: close === undefined ? 'isvc, pods, events, secrets, servingruntimes, …' : `did you mean "${close}"?`,
  });
}

/** The kind of an object. */
export function kindOf(object: { readonly kind?: unknown }): KindInfo | undefined {
  return KINDS.find((info) => info.kind === object.kind);
}

/** Whether a word names a kind. */
export function isKind(word: string): boolean {
  return BY_NAME.has(word.toLowerCase());
}

/** The path of a collection, or of one object in it. */
export function pathOf(info: KindInfo, namespace: string | undefined, name?: string): string {
  const base = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
  const scope = info.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${scope}/${info.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** `inferenceservice.serving.kserve.io/iris`, as kubectl writes it. */
export function shownName(info: KindInfo, name: string): string {
  return `${info.singular}${info.group === '' ? '' : `.${info.group}`}/${name}`;
}
