import packageJson from '../../package.json' with { type: 'json' };
import type { Command } from '../main.ts';

export const command: Command = {
  help: 'usage: berth version\n\nPrints the version of Berth and of the Node it runs on.\n',
  async run(_args, io) {
    io.out(`berth ${packageJson.version} (node ${process.versions.node})\n`);
    return 0;
  },
};
