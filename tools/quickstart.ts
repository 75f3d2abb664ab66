/**
 * `npm run quickstart`: serves examples/sklearn-iris from its YAML, sends it KServe's iris request, prints the prediction
 * and keeps serving; with `--once` it ends after printing. Extra arguments go to `berth run`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const example = join(root, 'examples', 'sklearn-iris');
const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    port: { type: 'string', default: '8080' },
    'grpc-port': { type: 'string', default: '8081' },
  },
});
const ports = ['--http-port', values.port, '--grpc-port', values['grpc-port']];
const berth = join(root, 'packages', 'cli', 'bin', 'berth.js');
const server = spawn(process.execPath, [berth, 'run', '-f', join(example, 'inferenceservice.yaml'), ...ports], {
  stdio: 'inherit',
});
const exit = new Promise<number>((resolve) => server.on('exit', (code) => resolve(code ?? 1)));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));

const url = `http://127.0.0.1:${values.port}/v1/models/sklearn-iris:predict`;
const body = readFileSync(join(example, 'request.json'), 'utf8');
const answer = await Promise.race([ask(), exit]);
if (typeof answer === 'number') process.exit(answer === 0 ? 1 : answer);
console.log(`\nPOST ${url}\n${JSON.stringify(JSON.parse(body))}\n→ ${answer}`);
const { predictions } = JSON.parse(answer) as { predictions: unknown };
console.log(`prediction: ${JSON.stringify(predictions).replace(',', ', ')}`);
if (values.once) server.kill('SIGTERM');
else console.log('\nstill serving; press Ctrl-C to stop');
process.exitCode = await exit;

/** Asks until the server answers; undefined-proof against the time it takes to load. */
async function ask(): Promise<string> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
    if (response?.ok) return response.text();
  }
  server.kill('SIGTERM');
  throw new Error(`${url} gave no prediction within 30 s`);
}
