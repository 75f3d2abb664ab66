import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { type Io, printable } from '../terminal/io.ts';
import { readPlatform } from './read-platform.ts';

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/** Starts `berth up` with the same options in the background; resolves when it serves. */
export async function startDetached(args: readonly string[], stateFolder: string, io: Io): Promise<number> {
  const running = await readPlatform(stateFolder);
  if (running !== undefined) {
    throw new CommandError(`a platform runs here already (pid ${running.pid})`, {
      code: 'PlatformRuns',
      hint: 'berth status, or berth down',
    });
  }
  await mkdir(join(stateFolder, 'logs'), { recursive: true, mode: 0o700 });
  const logFile = join(stateFolder, 'logs', 'platform.log');
  const log = await open(logFile, 'a', 0o600);
  const { size: offset } = await log.stat();
  const launcher = fileURLToPath(new URL('../../bin/berth.js', import.meta.url));
  const rest = args.filter((word) => word !== '--detach' && word !== '-d');
  const child = spawn(process.execPath, [launcher, 'up', ...rest], {
    detached: true,
    cwd: io.cwd,
    env: { ...io.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  let exitCode: number | undefined;
  child.on('exit', (code) => {
    exitCode = code ?? EXIT.failure;
  });
  try {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      const platform = await readPlatform(stateFolder);
      if (platform !== undefined && platform.pid === child.pid) {
        io.err(`gateway  ${platform.gatewayUrls.join(', ')}\nAPI      ${platform.apiUrl}\n`);
        io.err(`runs in the background (pid ${platform.pid}); its messages: ${logFile}; berth down ends it\n`);
        child.unref();
        return EXIT.ok;
      }
      if (exitCode !== undefined) {
        const said = (await readFile(logFile)).subarray(offset).toString('utf8');
        io.err(printable(said.slice(-4_000)));
        return exitCode === 0 ? EXIT.failure : exitCode;
      }
      if (performance.now() > deadline) {
        throw new CommandError(`the platform does not come up within ${START_TIMEOUT_MS / 1000} s`, {
          code: 'NotReadyInTime',
          hint: `its messages: ${logFile}`,
        });
      }
      await sleep(POLL_MS);
    }
  } finally {
    await log.close();
  }
}
