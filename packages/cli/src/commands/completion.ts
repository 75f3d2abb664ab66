import { parseArguments } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { type Io, printable } from '../terminal/io.ts';

/** A key was pressed, and someone waits. */
const NAMES_TIMEOUT_MS = 1000;

export const command: Command = {
  help: `usage: berth completion bash|zsh|fish|powershell

Prints a script that completes commands, options, their values, files, and names of the platform's services:
  bash        source <(berth completion bash)
  zsh         source <(berth completion zsh)
  fish        berth completion fish > ~/.config/fish/completions/berth.fish
  powershell  berth completion powershell | Out-String | Invoke-Expression
`,
  async run(args, io) {
    const parsed = parseArguments(args, { names: { type: 'boolean' } });
    if (parsed.values.get('names') === true) {
      io.out(await serviceNames(io));
      return EXIT.ok;
    }
    const [shell] = parsed.positionals;
    const { describeCommands } = await import('../completion/describe-commands.ts');
    switch (shell) {
      case 'bash':
        io.out((await import('../completion/bash.ts')).bashScript(await describeCommands()));
        return EXIT.ok;
      case 'zsh':
        io.out((await import('../completion/zsh.ts')).zshScript(await describeCommands()));
        return EXIT.ok;
      case 'fish':
        io.out((await import('../completion/fish.ts')).fishScript(await describeCommands()));
        return EXIT.ok;
      case 'powershell':
      case 'pwsh':
        io.out((await import('../completion/powershell.ts')).powershellScript(await describeCommands()));
        return EXIT.ok;
      default:
        throw await unknownShell(shell);
    }
  },
};

async function unknownShell(shell: string | undefined): Promise<CommandError> {
  const shells = ['bash', 'zsh', 'fish', 'powershell'];
  if (shell === undefined)
    return new CommandError('name a shell: bash, zsh, fish or powershell', { code: 'UsageError' });
  const { nearest } = await import('@berth/api');
  const close = nearest(shell, shells);
  return new CommandError(`there is no completion for the shell "${shell.slice(0, 100)}"`, {
    code: 'UsageError',
    hint: close === undefined ? `there is one for ${shells.join(', ')}` : `did you mean "berth completion ${close}"?`,
  });
}

/** The services of the platform, one a line; nothing where there is no platform or it is slow. */
async function serviceNames(io: Io): Promise<string> {
  try {
    const [{ openSession }, { kindNamed, pathOf }] = await Promise.all([
      import('../resources/session.ts'),
      import('../resources/resource-types.ts'),
    ]);
    const session = await openSession(new ArgumentValues(parseArguments([], {}), io.env), io);
    const signal = AbortSignal.timeout(NAMES_TIMEOUT_MS);
    const { body } = await session.client.call('GET', pathOf(kindNamed('isvc'), session.namespace), { signal });
    const { items } = body as { items?: { metadata: { name: string } }[] };
    return (items ?? []).map((one) => `${printable(one.metadata.name)}\n`).join('');
  } catch {
    return '';
  }
}
