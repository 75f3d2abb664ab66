import type { FailureReason } from '@berth/api';

/** Why a component is not what its spec asks for. */
export interface Failure {
  /** CamelCase, for conditions. */
  readonly reason: string;
  readonly kserveReason: FailureReason;
  /** With the last lines of the log where a replica wrote some. */
  readonly message: string;
  /** A pod, or a storage URI. */
  readonly location?: string;
  readonly revision?: string;
  readonly exitCode?: number;
}

/** How far a component is on its way to what its spec asks for. */
export type Progress =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting'; readonly reason: string; readonly message: string }
  | { readonly state: 'failed'; readonly failure: Failure };

/** Something is on its way. */
export function waiting(reason: string, message: string): Progress {
  return { state: 'waiting', reason, message };
}
