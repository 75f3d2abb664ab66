/** A whole keeper process for tests: starts with the options of its first argument (JSON), prints a line once it runs. */
import { handleKeeperSignals } from '../keeper/keeper-signals.ts';
import { startKeeper } from '../keeper/start-keeper.ts';

const onNotice = (message: string) => void process.stderr.write(`${message}\n`);
try {
  const keeper = await startKeeper({ node: process.execPath, onNotice, ...JSON.parse(process.argv[2] ?? '{}') });
  handleKeeperSignals(keeper, onNotice);
  process.stdout.write(`${JSON.stringify(keeper.info)}\n`);
} catch (error) {
  onNotice(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
