export { ERROR_GROUPS, type ErrorGroup, errorEntry, errorPage } from './catalog.ts';
export { COMMAND_ERRORS } from './command-errors.ts';
export type { ErrorEntry, ErrorTable } from './error-entry.ts';
export { LOAD_ERRORS } from './load-errors.ts';
export { REQUEST_ERRORS } from './request-errors.ts';
export { SERVICE_ERRORS } from './service-errors.ts';
export { STORAGE_ERRORS } from './storage-errors.ts';
