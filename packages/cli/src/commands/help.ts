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

berth help <command> shows a command's options.
`;
}

export const command: Command = {
  help: 'usage: berth help [command]\n',
  async run([name], io) {
    if (name === undefined) {
      io.out(overview());
      return EXIT.ok;
    }
    const entry = COMMANDS.get(name);
    if (entry === undefined) throw new CommandError(`there is no command "${name}"`, { exitCode: EXIT.usage });
    io.out((await entry.load()).command.help);
    return EXIT.ok;
  },
};
