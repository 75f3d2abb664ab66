/** Rows of the table of errors that a table file can meet. */
export type TableErrorCode = 'InvalidTable' | 'FileNotFound' | 'FileUnreadable';

/** A table that can not be read: `message` says what and where, `hint` what to do. Meant for people. */
export class TableError extends Error {
  readonly code: TableErrorCode;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, code: TableErrorCode = 'InvalidTable') {
    super(message);
    this.name = 'TableError';
    this.hint = hint;
    this.code = code;
  }
}
