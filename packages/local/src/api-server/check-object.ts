import { checkObject, type Issue } from '@berth/api';
import type { ApiObject } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import { ApiFailure, kindName } from './failure.ts';
import { keyProblem } from './fields/list-keys.ts';
import { schemaOf } from './fields/typed.ts';

/** What Kubernetes' `fieldValidation` asks for. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/**
 * Checks an object that a client wants stored; gives what there is to warn of. `current` is what it replaces, `isWhole` says
 * that the client sent all of it.
 * @throws ApiFailure 400 for unknown fields where they are asked for strictly, 422 for what is invalid
 */
export function checkForStore(
  object: ApiObject,
  info: KindInfo,
  validation: FieldValidation,
  isWhole: boolean,
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
  if (errors.length > 0) throw refusal(object, info, errors, isWhole && validation === 'Strict');
  checkDuplicates(object, info, current);
  if (validation === 'Ignore') return [];
  return issues.filter((issue) => issue.severity === 'warning').map(textOf);
}

/** What there is to warn of in an object that is stored. */
export function warningsOf(object: ApiObject): string[] {
  const { status: _status, ...meant } = object;
  return checkObject(meant, { strict: false })
    .filter((issue) => issue.severity === 'warning')
    .map(textOf);
}

/** Two items of one key, as Kubernetes' own definitions forbid them; what had them before may keep them. */
function checkDuplicates(object: ApiObject, info: KindInfo, current: ApiObject | undefined): void {
  if (info.group === '') return;
  const schema = schemaOf(info.kind);
  const problem = keyProblem(object, schema);
  if (problem === undefined || (current !== undefined && keyProblem(current, schema) !== undefined)) return;
  const { name } = object.metadata;
  const field = problem.slice(1, problem.indexOf(': '));
  throw new ApiFailure(422, 'Invalid', `${kindName(info)} "${name}" is invalid: ${problem.slice(1)}`, {
    name,
    group: info.group,
    kind: info.kind,
    causes: [{ reason: 'FieldValueDuplicate', message: problem.slice(field.length + 3), field }],
  });
}

/** Unknown fields alone are an object that can not be read strictly, which Kubernetes calls a bad request. */
function refusal(object: ApiObject, info: KindInfo, errors: readonly Issue[], isWhole: boolean): ApiFailure {
  const { name } = object.metadata;
  const details = {
    name,
    ...(info.group === '' ? {} : { group: info.group }),
    kind: info.kind,
    causes: errors.map((issue) => ({ reason: 'FieldValueInvalid', message: issue.message, field: issue.path })),
  };
  const first = errors.slice(0, 10);
  if (isWhole && errors.every(({ message }) => message.startsWith('unknown field '))) {
    const fields = first
      .map(({ message, hint }) => withHint(message.replace(/; nothing reads it$/, ''), hint))
      .join(', ');
    const what = `${info.kind} in version "${info.version}" cannot be handled as a ${info.kind}`;
    return new ApiFailure(400, 'BadRequest', `${what}: strict decoding error: ${fields}`, details);
  }
  return new ApiFailure(
    422,
    'Invalid',
    `${kindName(info)} "${name}" is invalid: ${first.map(textOf).join('; ')}`,
    details,
  );
}

function textOf({ path, message, hint }: Issue): string {
  return withHint(`${path === '' ? '' : `${path}: `}${message}`, hint);
}

function withHint(text: string, hint: string | undefined): string {
  return hint === undefined ? text : `${text} (${hint})`;
}
