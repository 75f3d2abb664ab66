import { ERROR_GROUPS, type ErrorEntry, errorEntry, errorPage } from '@berth/errors';
import { COMMANDS, type Command } from '../main.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';

function overview(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Berth serves machine-learning models.

usage: berth <command> [options]

${lines.join('\n')}

examples:
  berth serve ./model.joblib --name iris
  berth run -f inferenceservice.yaml
  berth predict iris -f request.json

--quiet with any command prints errors alone; NO_COLOR=1 takes colours away.
berth help <command> shows a command's options, berth help <code> explains the code of an error.
`;
}

export const command: Command = {
  help: 'usage: berth help [command | code of an error]\n',
  async run([name], io) {
    if (name === undefined) {
      io.out(overview());
      return EXIT.ok;
    }
    const entry = COMMANDS.get(name);
    const known = entry === undefined ? errorEntry(name) : undefined;
    if (known !== undefined) {
      io.out(errorText(known.code, known.entry));
      return EXIT.ok;
    }
    if (entry === undefined) throw await unknownWord(name);
    io.out((await entry.load()).command.help);
    return EXIT.ok;
  },
};

async function unknownWord(word: string): Promise<CommandError> {
  const { nearest } = await import('@berth/api');
  const codes = ERROR_GROUPS.flatMap((group) => Object.keys(group.errors));
  const close = nearest(word, [...COMMANDS.keys(), ...codes]);
  const hint = close === undefined ? 'berth help lists the commands, docs/errors.md the codes' : undefined;
  return new CommandError(`there is no command and no code of an error "${word.slice(0, 100)}"`, {
    code: 'UnknownCommand',
    hint: hint ?? `did you mean "berth help ${close}"?`,
  });
}

/** What stands in the table of errors of one code. */
function errorText(code: string, { what, todo, exitCode, status }: ErrorEntry): string {
  const facts = [
    ...(status === undefined ? [] : [`HTTP status ${status}`]),
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    errorPage(code),
  ];
  return `${code}\n\nWhat happened\n  ${what}\n\nWhat to do\n  ${todo}\n\n${facts.join(', ')}\n`;
}
