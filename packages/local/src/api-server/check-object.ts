import { checkObject } from '@berth/api';
import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import { ApiFailure } from './failure.ts';

/** What Kubernetes' `fieldValidation` asks for. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/**
 * Checks an object that a client wants stored; gives what there is to warn of. `current` is what it replaces.
 * @throws ApiFailure 400 for unknown fields where they are asked for strictly, 422 for what is invalid
 */
export function checkForStore(
  object: ApiObject,
  info: KindInfo,
  validation: FieldValidation,
  current?: ApiObject,
): string[] {
  // An object that is being taken down may be as it likes: it must not be kept by a rule that is newer than it. The store
  // knows that; what a client says of it is not taken.
  if (current?.metadata.deletionTimestamp !== undefined) return [];
  const { status: _status, ...meant } = object;
  const issues = checkObject(meant, {
    strict: validation === 'Strict',
    ...(current === undefined ? {} : { previous: current }),
  });
  const errors = issues.filter((issue) => issue.severity === 'error');
  const text = (issue: (typeof issues)[number]) =>
    `${issue.path === '' ? '' : `${issue.path}: `}${issue.message}${issue.hint === undefined ? '' : ` (${issue.hint})`}`;
  if (errors.length > 0) {
    const causes = errors.map((issue) => ({ reason: 'FieldValueInvalid', message: issue.message, field: issue.path }));
    const shown = errors.slice(0, 10).map(text).join('; ');
    const kind = `${info.kind}${info.group === '' ? '' : `.${info.group}`}`;
    const { name } = object.metadata;
    throw new ApiFailure(422, 'Invalid', `${kind} "${name}" is invalid: ${shown}`, {
      name,
      ...(info.group === '' ? {} : { group: info.group }),
      kind: info.kind,
      causes,
    });
  }
  if (validation === 'Ignore') return [];
  return issues.filter((issue) => issue.severity === 'warning').map(text);
}
