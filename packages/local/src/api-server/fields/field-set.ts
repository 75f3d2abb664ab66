/**
 * Sets of fields as `metadata.managedFields` writes them (FieldsV1): `{"f:spec":{"f:env":{"k:{\"name\":\"a\"}":{".":{}}}}}`.
 * A step is the text that FieldsV1 has for it: `f:` a field, `k:` an item by its keys, `v:` an item of a set. A field can
 * belong to a set without those inside it, and those inside without it (sigs.k8s.io/structured-merge-diff, fieldpath).
 */
export interface FieldSet {
  readonly members: Set<string>;
  readonly children: Map<string, FieldSet>;
}

const MAX_DEPTH = 110;

/** A set of nothing. */
export function emptySet(): FieldSet {
  return { members: new Set(), children: new Map() };
}

/** The part of a set below a step, made where it is missing. */
export function descend(set: FieldSet, step: string): FieldSet {
  const found = set.children.get(step);
  if (found !== undefined) return found;
  const made = emptySet();
  set.children.set(step, made);
  return made;
}

export function isEmptySet(set: FieldSet): boolean {
  return set.members.size === 0 && [...set.children.values()].every(isEmptySet);
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const children = new Map(left.children);
  for (const [step, child] of right.children) {
    const mine = children.get(step);
    children.set(step, mine === undefined ? child : union(mine, child));
  }
  return { members: new Set([...left.members, ...right.members]), children };
}

/** What is in `left` and not in `right`, field by field. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (isThere) => !isThere);
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (isThere) => isThere);
}

function combine(left: FieldSet, right: FieldSet, keeps: (isThere: boolean) => boolean): FieldSet {
  const out = emptySet();
  for (const step of left.members) if (keeps(right.members.has(step))) out.members.add(step);
  for (const [step, child] of left.children) {
    const rest = combine(child, right.children.get(step) ?? emptySet(), keeps);
    if (!isEmptySet(rest)) out.children.set(step, rest);
  }
  return out;
}

/** The steps of each field of a set. */
export function* pathsOf(set: FieldSet, before: readonly string[] = []): Generator<readonly string[]> {
  for (const step of [...set.members].sort()) yield [...before, step];
  for (const [step, child] of [...set.children].sort(byStep)) yield* pathsOf(child, [...before, step]);
}

/** A path as Kubernetes shows it: `.spec.env[name="a"].value`. */
export function shownPath(path: readonly string[]): string {
  const one = (step: string): string => {
    const text = step.slice(2);
    if (step.startsWith('f:')) return `.${text}`;
    if (step.startsWith('v:')) return `[=${text}]`;
    const keys = Object.entries(JSON.parse(text) as object);
    return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
  };
  return path.map(one).join('');
}

type Fields = { [key: string]: Fields };

/** As FieldsV1. */
export function toFieldsV1(set: FieldSet): Fields {
  const out = new Map<string, Fields>();
  for (const step of set.members) out.set(step, {});
  for (const [step, child] of set.children) {
    if (isEmptySet(child)) continue;
    out.set(step, set.members.has(step) ? { '.': {}, ...toFieldsV1(child) } : toFieldsV1(child));
  }
  return Object.fromEntries([...out].sort(byStep));
}

/** From FieldsV1; what it does not know is left out. */
export function fromFieldsV1(value: unknown, depth = 0): FieldSet {
  const out = emptySet();
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return out;
  for (const [step, inside] of Object.entries(value)) {
    if (!isStep(step)) continue;
    const steps = Object.keys((inside ?? {}) as object);
    if (steps.length === 0 || steps.includes('.')) out.members.add(step);
    const child = fromFieldsV1(inside, depth + 1);
    if (!isEmptySet(child)) out.children.set(step, child);
  }
  return out;
}

function isStep(step: string): boolean {
  if (step.startsWith('f:')) return true;
  if (!step.startsWith('k:') && !step.startsWith('v:')) return false;
  try {
    const value: unknown = JSON.parse(step.slice(2));
    return step.startsWith('v:') || (typeof value === 'object' && value !== null);
  } catch {
    return false;
  }
}

function byStep([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
