/** The control part's process: started by the keeper, with the platform's options in BERTH_PLATFORM. */
import { listenError } from '@berth/exposure';
import { connectKeeper } from '../keeper/connect-keeper.ts';
import type { PlatformOptions } from './platform-options.ts';
import { startControl } from './start-control.ts';

const options = JSON.parse(process.env.BERTH_PLATFORM ?? '{}') as PlatformOptions;
const keeper = connectKeeper();
const say = (message: string) => void process.stderr.write(`${new Date().toISOString()} ${message}\n`);
const control = await startControl(options, keeper.host, say).catch(async (error: NodeJS.ErrnoException) => {
  const isListen = error.syscall === 'listen';
  const target = { address: options.api.host ?? '127.0.0.1', port: options.api.port, flag: '--api-port' };
  process.stderr.write(`${isListen ? (await listenError(error, target)).message : error.message}\n`);
  process.exit(1);
});
keeper.onStopping(() => control.quiet());
keeper.onGone(() => void control.close().finally(() => process.exit(1)));
process.on('SIGTERM', () => void control.close().finally(() => process.exit(0)));
process.on('unhandledRejection', (error) =>
  say(`something went wrong inside Berth: ${(error as Error)?.stack ?? String(error)}`),
);
keeper.ready({ apiUrl: control.apiUrl, kubeconfig: control.kubeconfig });
