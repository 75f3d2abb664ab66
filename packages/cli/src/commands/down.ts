import { setTimeout as sleep } from 'node:timers/promises';
import { type OptionSpecs, parseArguments, refuseUnknown, refuseWords } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { isAlive, readPlatform } from '../platform/read-platform.ts';
import { STATE_OPTION, stateFolder } from '../platform/state-folder.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

const OPTIONS: OptionSpecs = {
  timeout: {
    type: 'string',
    value: 'TIME',
    help: 'how long requests may take to end; default 60s, then the end is forced',
  },
  ...STATE_OPTION,
};

export const command: Command = {
  help: helpText(
    'berth down [options]',
    'Ends the platform: requests in flight finish, replicas stop. What was applied is there again after berth up.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    refuseWords(parsed, 'down');
    const values = new ArgumentValues(parsed, io.env);
    const folder = stateFolder(values, io);
    const platform = await readPlatform(folder);
    if (platform === undefined) {
      io.err(`no platform runs on ${folder}\n`);
      return EXIT.ok;
    }
    try {
      process.kill(platform.pid, 'SIGTERM');
    } catch (thrown) {
      throw new CommandError(`the platform (pid ${platform.pid}) is another user's: ${(thrown as Error).message}`);
    }
    const deadline = performance.now() + (values.duration('timeout') ?? 60_000);
    while (isAlive(platform.pid)) {
      if (performance.now() > deadline) {
        // A second SIGTERM is how the platform is told to end at once.
        process.kill(platform.pid, 'SIGTERM');
        await sleep(2_000);
        if (isAlive(platform.pid)) {
          throw new CommandError(`the platform (pid ${platform.pid}) does not end`, {
            hint: `kill -9 ${platform.pid}`,
          });
        }
        io.err('the platform was ended with requests still in flight\n');
        return EXIT.ok;
      }
      await sleep(20);
    }
    io.err('the platform has ended\n');
    return EXIT.ok;
  },
};
