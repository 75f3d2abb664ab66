import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditLog } from '../audit/audit-log.ts';
import type { PodLogs } from '../logs/pod-logs.ts';
import type { ObjectStore } from '../store/store.ts';
import { timestamp } from '../store/stored-object.ts';
import type { FieldValidation } from './check-object.ts';
import type { FieldWriter } from './fields/managed-fields.ts';
import type { ApiTarget } from './target.ts';

/** What the verbs work on. */
export interface ApiContext {
  readonly store: ObjectStore;
  readonly logs: PodLogs;
  readonly audit: AuditLog;
  readonly now: () => Date;
}

/** One request, taken apart. */
export interface ApiCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: ApiTarget;
  readonly query: URLSearchParams;
  /** Added to as things come up; sent in headers. */
  readonly warnings: string[];
}

/** Who writes: the query's fieldManager, else the first word of the user agent, as Kubernetes has it. */
export function writerOf(call: ApiCall, now: Date): FieldWriter {
  const agent = /^[^/\s]{1,128}/.exec(call.request.headers['user-agent'] ?? '')?.[0];
  const manager = (call.query.get('fieldManager') ?? agent ?? 'unknown').slice(0, 128);
  const isStatus = call.target.subresource === 'status';
  return { manager, time: timestamp(now), ...(isStatus ? { subresource: 'status' } : {}) };
}

/**
 * Strict is what kubectl asks for; other clients get warnings. A server-side apply is strict whatever it asks for, as in
 * Kubernetes: a field of no schema has no owner.
 */
export function validationOf(call: ApiCall): FieldValidation {
  const asked = isServerSideApply(call) ? 'Strict' : call.query.get('fieldValidation');
  return asked === 'Strict' || asked === 'Ignore' ? asked : 'Warn';
}

/** Whether a whole configuration is applied. */
export function isServerSideApply({ request }: ApiCall): boolean {
  return /^application\/apply-patch\+/i.test(request.headers['content-type'] ?? '');
}

/** Whether nothing is to be changed. */
export function isDryRun(query: URLSearchParams): boolean {
  return query.getAll('dryRun').includes('All');
}
