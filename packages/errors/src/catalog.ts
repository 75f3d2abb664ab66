import { COMMAND_ERRORS } from './command-errors.ts';
import type { ErrorEntry, ErrorTable } from './error-entry.ts';
import { LOAD_ERRORS } from './load-errors.ts';
import { REQUEST_ERRORS } from './request-errors.ts';
import { SERVICE_ERRORS } from './service-errors.ts';
import { STORAGE_ERRORS } from './storage-errors.ts';

/** One part of the page of errors. */
export interface ErrorGroup {
  readonly title: string;
  /** Where a person meets these codes. */
  readonly about: string;
  readonly errors: ErrorTable;
}

/** The whole table, in the order of the page. No code stands in two parts. */
export const ERROR_GROUPS: readonly ErrorGroup[] = [
  {
    title: 'Commands',
    about: 'Printed by `berth` after the message. The exit code belongs to the code.',
    errors: COMMAND_ERRORS,
  },
  {
    title: 'Model files',
    about: 'Printed by `berth serve`, `run` and `inspect`, and the reason of a service whose model does not load.',
    errors: LOAD_ERRORS,
  },
  {
    title: 'Storage',
    about: 'Why a storage URI gave no files: printed by the commands, and the reason in status and events.',
    errors: STORAGE_ERRORS,
  },
  {
    title: 'Services',
    about: 'Reasons of conditions, events and pods of the platform: `berth get`, `berth describe`, `kubectl describe`.',
    errors: SERVICE_ERRORS,
  },
  {
    title: 'Requests',
    about: 'What a client of a model gets: in the header (gRPC: the trailer) `berth-error-code`, and in the log.',
    errors: REQUEST_ERRORS,
  },
];

/** The row of a code, written in any case; undefined where there is none. */
export function errorEntry(code: string): { code: string; entry: ErrorEntry; group: ErrorGroup } | undefined {
  const wanted = code.toLowerCase();
  for (const group of ERROR_GROUPS) {
    for (const [name, entry] of Object.entries(group.errors)) {
      if (name.toLowerCase() === wanted) return { code: name, entry, group };
    }
  }
  return undefined;
}

/** Where the documentation tells of a code. */
export function errorPage(code: string): string {
  return `docs/errors.md#${code.toLowerCase()}`;
}
