import { ApiFailure } from './failure.ts';

/** What Kubernetes calls the options of a request, in the words of its errors. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];
const POLICIES = ['Foreground', 'Background', 'Orphan'];
const MAX_MANAGER_BYTES = 128;

/** A refused option, as metav1.Status has it. */
function refused(kind: OptionsKind | 'ListOptions', field: string, reason: string, message: string): ApiFailure {
  return new ApiFailure(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [{ reason, message, field }],
  });
}

/**
 * Refuses options of a write that nothing knows: who asks for a dry run in other words must not get a real one.
 * @throws ApiFailure 422
 */
export function checkWriteOptions(query: URLSearchParams, kind: OptionsKind, isApply = false): void {
  checkDryRun(query.getAll('dryRun'), kind);
  const validation = query.get('fieldValidation') ?? '';
  if (!VALIDATIONS.includes(validation)) {
    const message = `Unsupported value: ${shown(validation)}: supported values: "", "Ignore", "Strict", "Warn"`;
    throw refused(kind, 'fieldValidation', 'FieldValueNotSupported', message);
  }
  const manager = query.get('fieldManager') ?? '';
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES) {
    throw refused(
      kind,
      'fieldManager',
      'FieldValueTooLong',
      `Too long: may not be more than ${MAX_MANAGER_BYTES} bytes`,
    );
  }
  if (/\p{C}/u.test(manager)) {
    throw refused(
      kind,
      'fieldManager',
      'FieldValueInvalid',
      `Invalid value: ${shown(manager)}: it has characters that can not be printed`,
    );
  }
  if (kind !== 'PatchOptions') return;
  if (isApply && manager === '') {
    throw refused(kind, 'fieldManager', 'FieldValueRequired', 'Required value: is required for apply patch');
  }
  if (!isApply && query.has('force')) {
    throw refused(kind, 'force', 'FieldValueForbidden', 'Forbidden: may not be specified for non-apply patch');
  }
}

/** metav1.DeleteOptions, as far as they are read. */
export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
  readonly isDryRun: boolean;
}

/**
 * The options of a deletion, from its query and, before that, from its body.
 * @throws ApiFailure 400 for what has another type, 422 for what nothing knows
 */
export function deleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (given.kind !== undefined && given.kind !== 'DeleteOptions') {
    throw new ApiFailure(400, 'BadRequest', `the body of a deletion is of DeleteOptions, not of ${shown(given.kind)}`);
  }
  const grace = query.get('gracePeriodSeconds');
  if (grace !== null && !/^-?\d{1,18}$/.test(grace)) {
    throw new ApiFailure(400, 'BadRequest', `gracePeriodSeconds must be a whole number, not ${shown(grace)}`);
  }
  const dryRun = [...query.getAll('dryRun'), ...(Array.isArray(given.dryRun) ? given.dryRun.map(String) : [])];
  checkDryRun(dryRun, 'DeleteOptions');
  const policy = given.propagationPolicy ?? query.get('propagationPolicy') ?? undefined;
  const orphan = given.orphanDependents ?? boolean(query.get('orphanDependents'));
  if (policy !== undefined && policy !== null && orphan !== undefined && orphan !== null) {
    const message = `Invalid value: ${shown(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    throw refused('DeleteOptions', 'propagationPolicy', 'FieldValueInvalid', message);
  }
  if (policy !== undefined && policy !== null && !POLICIES.includes(policy as string)) {
    const message = `Unsupported value: ${shown(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"`;
    throw refused('DeleteOptions', 'propagationPolicy', 'FieldValueNotSupported', message);
  }
  const asked = (policy as string | undefined) ?? (orphan === true ? 'Orphan' : undefined);
  const { preconditions } = given;
  return {
    isDryRun: dryRun.includes('All'),
    ...(asked === undefined || asked === null ? {} : { propagationPolicy: asked }),
    ...(typeof preconditions === 'object' && preconditions !== null ? { preconditions } : {}),
  };
}

/** What a list may be asked for by version. @throws ApiFailure 422, 400 */
export function checkListOptions(query: URLSearchParams): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const field = 'resourceVersionMatch';
  if (!/^\d{0,18}$/.test(version)) {
    throw new ApiFailure(400, 'BadRequest', `invalid resource version: ${shown(version)} is no number`);
  }
  if (match === '') return;
  if (version === '') {
    const message = 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
    throw refused('ListOptions', field, 'FieldValueForbidden', message);
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    const message = `Unsupported value: ${shown(match)}: supported values: "Exact", "NotOlderThan", ""`;
    throw refused('ListOptions', field, 'FieldValueNotSupported', message);
  }
  if (match === 'Exact' && Number(version) === 0) {
    const message = 'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
    throw refused('ListOptions', field, 'FieldValueForbidden', message);
  }
}

/** What a watch may be asked for by version. @throws ApiFailure 422 */
export function checkWatchOptions(query: URLSearchParams): void {
  const match = query.get('resourceVersionMatch') ?? '';
  const field = 'resourceVersionMatch';
  if (query.has('sendInitialEvents')) {
    if (match === 'NotOlderThan') return;
    const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    throw refused('ListOptions', field, 'FieldValueForbidden', message);
  }
  if (match === '') return;
  const message = 'Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
  throw refused('ListOptions', field, 'FieldValueForbidden', message);
}

function checkDryRun(asked: readonly string[], kind: OptionsKind): void {
  const other = asked.filter((one) => one !== 'All' && one !== '');
  if (other.length === 0) return;
  const message = `Unsupported value: [${other.map(shown).join(' ')}]: supported values: "All"`;
  throw refused(kind, 'dryRun', 'FieldValueNotSupported', message);
}

function boolean(text: string | null): boolean | undefined {
  return text === null || text === '' ? undefined : text === 'true' || text === '1';
}

function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100));
}
