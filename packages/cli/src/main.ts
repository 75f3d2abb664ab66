import { CommandError, EXIT } from './terminal/exit-codes.ts';
import { type Io, printable, processIo } from './terminal/io.ts';

/** A command of the `berth` line. Its module is loaded only when it is called. */
export interface Command {
  /** Runs with the words after the command's name; resolves to the exit code. */
  run(args: readonly string[], io: Io): Promise<number>;
  readonly help: string;
}

interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<{ command: Command }>;
}

/** Every command, in the order of help. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ['serve', { summary: 'serve a model file, or a folder of models', load: () => import('./commands/serve.ts') }],
  ['run', { summary: 'serve every InferenceService of a YAML file', load: () => import('./commands/run.ts') }],
  ['predict', { summary: 'send a request to a served model', load: () => import('./commands/predict.ts') }],
  [
    'inspect',
    { summary: 'tell what a model file holds, without running it', load: () => import('./commands/inspect.ts') },
  ],
  ['version', { summary: 'print the version', load: () => import('./commands/version.ts') }],
  [
    'completion',
    { summary: 'print a completion script for bash or zsh', load: () => import('./commands/completion.ts') },
  ],
  ['help', { summary: 'show this, or the options of a command', load: () => import('./commands/help.ts') }],
]);

/** Runs a command line; resolves to the exit code. Never throws. */
export async function main(args: readonly string[], io: Io = processIo()): Promise<number> {
  const [first = 'help', ...rest] = args;
  const name =
    first === '--help' || first === '-h' ? 'help' : first === '--version' || first === '-v' ? 'version' : first;
  try {
    const entry = COMMANDS.get(name);
    if (entry === undefined) throw await unknownCommand(name);
    const { command } = await entry.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      io.out(command.help);
      return EXIT.ok;
    }
    return await command.run(rest, io);
  } catch (thrown) {
    return report(thrown, io);
  }
}

async function unknownCommand(name: string): Promise<CommandError> {
  const { nearest } = await import('@berth/api');
  const close = nearest(name, COMMANDS.keys());
  return new CommandError(`there is no command "${name.slice(0, 100)}"`, {
    exitCode: EXIT.usage,
    hint: close === undefined ? 'berth help lists the commands' : `did you mean "berth ${close}"?`,
  });
}

/** Errors that are meant for people, by name: their classes are not loaded for every command. */
const KIND_ERRORS: ReadonlySet<string> = new Set(['StartError', 'LoadError', 'StorageError', 'InferenceError']);

function report(thrown: unknown, io: Io): number {
  if (thrown instanceof CommandError) {
    io.err(`error: ${printable(thrown.message)}\n`);
    if (thrown.hint !== undefined) io.err(`  hint: ${printable(thrown.hint)}\n`);
    return thrown.exitCode;
  }
  if (thrown instanceof Error && KIND_ERRORS.has(thrown.name)) {
    io.err(`error: ${printable(thrown.message)}\n`);
    return EXIT.failure;
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.err(`error: something went wrong inside Berth; please report it with this text\n${text}\n`);
  return EXIT.failure;
}
