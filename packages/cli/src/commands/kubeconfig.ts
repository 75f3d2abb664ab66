import { access } from 'node:fs/promises';
import { kubeconfigPath, TARGET_OPTIONS } from '../api-client/kubeconfig.ts';
import { parseArguments, refuseUnknown, refuseWords } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

export const command: Command = {
  help: helpText(
    'berth kubeconfig [options]',
    'Prints the path of the kubeconfig: export KUBECONFIG=$(berth kubeconfig)',
    TARGET_OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, TARGET_OPTIONS);
    await refuseUnknown(parsed, TARGET_OPTIONS);
    refuseWords(parsed, 'kubeconfig');
    const path = kubeconfigPath(new ArgumentValues(parsed, io.env), io);
    await access(path).catch(() => {
      throw new CommandError(`there is no kubeconfig at ${path} yet`, {
        code: 'FileNotFound',
        hint: 'the platform writes it at its first start: berth up',
      });
    });
    io.out(`${path}\n`);
    return EXIT.ok;
  },
};
