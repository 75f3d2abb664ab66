/** A table that can not be read: `message` says what and where, `hint` what to do. Meant for people. */
export class TableError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'TableError';
    this.hint = hint;
  }
}
