import type { StoreError } from '@berth/control';

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
  ['MethodNotAllowed', 405],
]);

/** What a store refuses, for clients. */
export function fromStoreError(error: StoreError): ApiFailure {
  return new ApiFailure(CODES.get(error.reason) ?? 500, error.reason, error.message);
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
