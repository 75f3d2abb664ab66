import { guardOutput } from './terminal/broken-output.ts';
import { codeLine } from './terminal/code-line.ts';
import { CommandError, EXIT } from './terminal/exit-codes.ts';
import { type Io, printable, processIo, quietIo } from './terminal/io.ts';
import { systemRefusal } from './terminal/system-refusal.ts';

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
  ['up', { summary: 'start the platform on this machine', load: () => import('./commands/up.ts') }],
  ['down', { summary: 'end the platform', load: () => import('./commands/down.ts') }],
  ['status', { summary: 'tell how the platform is', load: () => import('./commands/status.ts') }],
  ['doctor', { summary: 'look for what keeps the platform from working', load: () => import('./commands/doctor.ts') }],
  ['apply', { summary: 'make the platform hold what a YAML says', load: () => import('./commands/apply.ts') }],
  ['get', { summary: 'list services, pods, revisions, …', load: () => import('./commands/get.ts') }],
  ['describe', { summary: 'tell all about one thing', load: () => import('./commands/describe.ts') }],
  ['logs', { summary: 'print what the replicas of a service wrote', load: () => import('./commands/logs.ts') }],
  ['events', { summary: 'tell what happened', load: () => import('./commands/events.ts') }],
  ['delete', { summary: 'delete services and other resources', load: () => import('./commands/delete.ts') }],
  ['rollout', { summary: 'follow, undo, promote or restart a rollout', load: () => import('./commands/rollout.ts') }],
  ['top', { summary: 'show requests, CPU and memory of the services', load: () => import('./commands/top.ts') }],
  ['cache', { summary: 'list, remove or prune downloaded models', load: () => import('./commands/cache.ts') }],
  ['kubeconfig', { summary: 'print the path of the kubeconfig', load: () => import('./commands/kubeconfig.ts') }],
  ['score', { summary: 'score every row of a file, without a server', load: () => import('./commands/score.ts') }],
  ['predict', { summary: 'send a request to a served model', load: () => import('./commands/predict.ts') }],
  [
    'inspect',
    { summary: 'tell what a model file holds, without running it', load: () => import('./commands/inspect.ts') },
  ],
  ['verify', { summary: "compare with the model's own library", load: () => import('./commands/verify.ts') }],
  ['new', { summary: 'write the YAML that serves a model', load: () => import('./commands/new.ts') }],
  [
    'check',
    { summary: 'tell which services of a YAML run here, and by what', load: () => import('./commands/check.ts') },
  ],
  ['version', { summary: 'print the version', load: () => import('./commands/version.ts') }],
  [
    'completion',
    { summary: 'print a completion script for your shell', load: () => import('./commands/completion.ts') },
  ],
  ['help', { summary: 'show this, or the options of a command', load: () => import('./commands/help.ts') }],
]);

/** Every command takes it; one that names it in its help does so itself. */
const QUIET = '--quiet';

/** Runs a command line; resolves to the exit code. Never throws. */
export async function main(args: readonly string[], given?: Io): Promise<number> {
  if (given === undefined) guardOutput();
  const whole = given ?? processIo();
  let hasOutput = false;
  const io: Io = {
    ...whole,
    out: (text) => {
      hasOutput = true;
      whole.out(text);
    },
  };
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
    const isQuiet = rest.includes(QUIET) && !command.help.includes(QUIET);
    if (!isQuiet) return await command.run(rest, io);
    const words = rest.filter((word) => word !== QUIET);
    return await command.run(words, quietIo(io));
  } catch (thrown) {
    const isJson = asksForJson(rest) && !hasOutput;
    return report(thrown, io, isJson);
  }
}

async function unknownCommand(name: string): Promise<CommandError> {
  const { nearest } = await import('@berth/api');
  const close = nearest(name, COMMANDS.keys());
  return new CommandError(`there is no command "${name.slice(0, 100)}"`, {
    code: 'UnknownCommand',
    hint: close === undefined ? 'berth help lists the commands' : `did you mean "berth ${close}"?`,
  });
}

/** Errors that are meant for people, by name: their classes are not loaded for every command. */
const KIND_ERRORS: ReadonlySet<string> = new Set([
  'StartError',
  'LoadError',
  'StorageError',
  'InferenceError',
  'TableError',
]);

/** Whether the data is to be JSON, so that a failure is told in JSON as well. */
function asksForJson(words: readonly string[]): boolean {
  return words.some(
    (word, i) => /^(-o=?json|--output=json)$/.test(word) || (/^(-o|--output)$/.test(word) && words[i + 1] === 'json'),
  );
}

/** Codes that say that nothing is where it was said to be. */
const MISSING: ReadonlySet<string> = new Set(['FileNotFound', 'NotFound']);

function report(caught: unknown, io: Io, isJson: boolean): number {
  const thrown = systemRefusal(caught) ?? caught;
  const told = thrown as { code?: string; reason?: string; hint?: string } | null;
  if (isJson && thrown instanceof Error) {
    const isKind = thrown instanceof CommandError || KIND_ERRORS.has(thrown.name);
    const code = isKind ? (told?.reason ?? told?.code ?? 'Failed') : 'InternalError';
    const hint = isKind && typeof told?.hint === 'string' ? { hint: told.hint } : {};
    io.out(`${JSON.stringify({ error: { code, message: thrown.message, ...hint } }, null, 2)}\n`);
  }
  if (thrown instanceof CommandError) {
    io.err(`error: ${printable(thrown.message)}\n`);
    if (thrown.hint !== undefined) io.err(`  hint: ${printable(thrown.hint)}\n`);
    io.err(codeLine(thrown.code));
    return thrown.exitCode;
  }
  if (thrown instanceof Error && KIND_ERRORS.has(thrown.name)) {
    io.err(`error: ${printable(thrown.message)}\n`);
    if ('hint' in thrown && typeof thrown.hint === 'string') io.err(`  hint: ${printable(thrown.hint)}\n`);
    const { code, reason } = thrown as { code?: string; reason?: string };
    io.err(codeLine(reason ?? code ?? 'Failed'));
    return MISSING.has(reason ?? code ?? '') ? EXIT.notFound : EXIT.failure;
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  io.err(
    `error: something went wrong inside Berth; please report it with this text\n${text}\n${codeLine('InternalError')}`,
  );
  return EXIT.failure;
}
