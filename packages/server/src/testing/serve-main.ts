/**
 * A whole server process for tests of signals, crashes and limits: serves `worker-app.ts` with the options in the first
 * argument (JSON) and prints one line of JSON once it is ready. Ends with the exit code of a failed start.
 */
import { StartError } from '@berth/exposure';
import { startServer } from '../start/start-server.ts';

const { config, ...options } = JSON.parse(process.argv[2] ?? '{}');
try {
  const server = await startServer({
    app: { module: new URL('./worker-app.ts', import.meta.url).href, config },
    httpPort: 0,
    grpcPort: 0,
    handleSignals: true,
    env: {},
    ...options,
  });
  await server.ready;
  const { httpPort, grpcPort, urls, workerPids } = server;
  process.stdout.write(`${JSON.stringify({ httpPort, grpcPort, urls, workerPids })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : error}\n`);
  process.exitCode = error instanceof StartError ? error.exitCode : 1;
}
