import type { StoreError } from '@berth/control';
import type { KindInfo } from '../kinds/kind-info.ts';
import type { ApiTarget } from './target.ts';

/** A refusal of the API, answered as metav1.Status. */
export class ApiFailure extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: number, reason: string, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message);
    this.name = 'ApiFailure';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}

/** Status codes by Kubernetes' reasons (apimachinery metav1.StatusReason). */
const CODES: ReadonlyMap<string, number> = new Map([
  ['NotFound', 404],
  ['AlreadyExists', 409],
  ['Conflict', 409],
  ['Invalid', 422],
  ['BadRequest', 400],
  ['Forbidden', 403],
  ['Expired', 410],
  ['Timeout', 504],
  ['MethodNotAllowed', 405],
]);

/** What a store refuses, for clients; `about` is what the request was of. */
export function fromStoreError(error: StoreError, about?: ApiTarget): ApiFailure {
  const name = about?.name;
  return new ApiFailure(
    CODES.get(error.reason) ?? 500,
    error.reason,
    error.message,
    about === undefined ? undefined : { ...(name === undefined ? {} : { name }), ...resourceDetails(about.info) },
  );
}

/** A kind with its group, as messages name it. */
export function kindName({ group, kind }: KindInfo): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** How details of a Status name what they are about: by its resource. */
export function resourceDetails({ group, plural }: KindInfo): { group?: string; kind: string } {
  return { ...(group === '' ? {} : { group }), kind: plural };
}

/** metav1.Status of a refusal. */
export function statusOf(failure: ApiFailure): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: failure.message,
    reason: failure.reason,
    ...(failure.details === undefined ? {} : { details: failure.details }),
    code: failure.code,
  };
}
