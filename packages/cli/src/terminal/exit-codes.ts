import { COMMAND_ERRORS, type ErrorEntry } from '@berth/errors';

/** Exit codes of the command line, by class of failure. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  invalidYaml: 3,
  notFound: 4,
  notReadyInTime: 5,
  interrupted: 130,
} as const;

/** A row of the table of errors that commands end with. */
export type CommandErrorCode = keyof typeof COMMAND_ERRORS;

/** The code of an error that names only its class. */
const CODE_OF_EXIT: ReadonlyMap<number, CommandErrorCode> = new Map<number, CommandErrorCode>([
  [EXIT.usage, 'UsageError'],
  [EXIT.invalidYaml, 'InvalidYaml'],
  [EXIT.notFound, 'ResourceNotFound'],
  [EXIT.notReadyInTime, 'NotReadyInTime'],
  [EXIT.interrupted, 'Interrupted'],
]);

/** A failure whose message is all that the user needs; no stack is printed. The exit code is the code's own. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(
    message: string,
    options: { code?: CommandErrorCode; exitCode?: number; hint?: string | undefined } = {},
  ) {
    super(message);
    this.code = options.code ?? CODE_OF_EXIT.get(options.exitCode ?? EXIT.failure) ?? 'Failed';
    const entry: ErrorEntry = COMMAND_ERRORS[this.code];
    this.exitCode = options.exitCode ?? entry.exitCode ?? EXIT.failure;
    this.hint = options.hint;
  }
}
