/** Exit codes of the command line, by class of failure. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  invalidYaml: 3,
  notFound: 4,
  notReadyInTime: 5,
} as const;

/** A failure whose message is all that the user needs; no stack is printed. */
export class CommandError extends Error {
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, options: { exitCode?: number; hint?: string } = {}) {
    super(message);
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.hint = options.hint;
  }
}
