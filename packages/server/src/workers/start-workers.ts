import type { ProcessSettings } from '../start/app-process.ts';
import type { RunningServer, ServerOptions } from '../start/options.ts';
import { StartError } from '../start/start-error.ts';

export async function startWorkers(
  _options: ServerOptions,
  _settings: ProcessSettings,
  _workers: number,
  _onNotice: (message: string) => void,
): Promise<RunningServer> {
  throw new StartError('several workers are not built yet');
}
