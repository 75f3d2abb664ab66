/** Ctrl-C and SIGTERM in the middle of each long task. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from './commands.ts';
import { berth } from './run-berth.ts';

const BYTES = 3_000_000;
const PIECE = Buffer.alloc(30_000, 0x80);

/** A server that drips a model, and goes on where it is asked to. */
function dripping(asked: string[]) {
  return createServer((request, response) => {
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(request.headers.range ?? '');
    const range = start > 0 ? { 'content-range': `bytes ${start}-${BYTES - 1}/${BYTES}` } : {};
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': BYTES - start,
      etag: '"a"',
      'accept-ranges': 'bytes',
      ...range,
    });
    const timer = setInterval(() => response.write(PIECE), 100);
    response.on('close', () => clearInterval(timer));
  });
}

/** Ctrl-C while `berth apply` waits: what was applied stays. */
export async function checkApplyInterrupted(check: Check, folder: string, kubeconfig: string): Promise<void> {
  const server = dripping([]);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/drip.joblib`;
  writeFileSync(join(folder, 'drip.yaml'), dripYaml(url));
  const words = ['--kubeconfig', kubeconfig];
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    await check(`apply that waits ends with ${code} after ${signal}, and what was applied stays`, async () => {
      const ran = await berth(['apply', '-f', 'drip.yaml', ...words], {
        cwd: folder,
        async meanwhile(child, said) {
          for (let tries = 0; tries < 400 && !/drip: /.test(said()) && child.exitCode === null; tries++)
            await sleep(25);
          child.kill(signal);
        },
      });
      if (ran.code !== code || !/code: Interrupted/.test(ran.err)) throw new Error(`${ran.code}: ${ran.err}`);
      const got = await berth(['get', 'isvc', 'drip', ...words], { cwd: folder });
      if (got.code !== 0) throw new Error(got.err);
    });
  }
  await berth(['delete', 'isvc', 'drip', ...words], { cwd: folder });
  server.closeAllConnections();
  server.close();
}

function dripYaml(url: string): string {
  return `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: drip}\nspec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: "${url}"}}}\n`;
}

export async function interruptions(check: Check, folder: string, env: Record<string, string>): Promise<void> {
  const asked: string[] = [];
  const server = dripping(asked);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/drip.joblib`;
  writeFileSync(join(folder, 'drip.yaml'), dripYaml(url));
  const header = 'a,b,c,d\n';
  writeFileSync(join(folder, 'huge.csv'), header + '5.1,3.5,1.4,0.2\n'.repeat(6_000_000));
  const sent = async (args: string[], signal: NodeJS.Signals, when: (said: string) => boolean, again = false) => {
    const ran = await berth(args, {
      cwd: folder,
      env,
      async meanwhile(child, said) {
        for (let tries = 0; tries < 400 && !when(said()) && child.exitCode === null; tries++) await sleep(25);
        child.kill(signal);
        if (!again) return;
        await sleep(700);
        child.kill(signal);
      },
    });
    if (/\n\s+at .*(node:|file:)/.test(ran.err)) throw new Error(`a stack: ${ran.err.slice(0, 300)}`);
    return ran;
  };
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(what);
  };
  const ports = ['--http-port', '0', '--grpc-port', '0'];
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const partial = join(folder, 'h.csv.partial');
    await check(`score ends with ${code} after ${signal}, and its output is marked as partial`, async () => {
      const ran = await sent(['score', 'model.joblib', 'huge.csv', '-o', 'h.csv', '-j', '1'], signal, () =>
        existsSync(partial),
      );
      must(ran.code === code, `exit code ${ran.code}: ${ran.err}`);
      must(!existsSync(join(folder, 'h.csv')), 'there is an output without the mark');
      must(/code: Interrupted/.test(ran.err), ran.err);
      for (const name of readdirSync(folder).filter((one) => one.startsWith('h.csv'))) rmSync(join(folder, name));
    });
    await check(`score to a pipe ends with ${code} after ${signal}`, async () => {
      const ran = await sent(['score', 'model.joblib', 'huge.csv', '-j', '1'], signal, (said) => said.length > 1000);
      must(ran.code === code, `exit code ${ran.code}: ${ran.err}`);
    });
    await check(`verify ends with ${code} after ${signal}, and its Python with it`, async () => {
      writeFileSync(join(folder, 'waits'), '#!/bin/sh\necho $$ > waits.pid\nexec sleep 600\n', { mode: 0o755 });
      rmSync(join(folder, 'waits.pid'), { force: true });
      const args = ['verify', 'model.joblib', '--allow-code', '--python', './waits', '-o', 'json'];
      const ran = await sent(args, signal, () => existsSync(join(folder, 'waits.pid')));
      must(ran.code === code, `exit code ${ran.code}: ${ran.err}`);
      must(JSON.parse(ran.out).verdict === 'incomplete', ran.out.slice(0, 200));
      const pid = Number(readFileSync(join(folder, 'waits.pid'), 'utf8'));
      must(spawnSync('kill', ['-0', String(pid)]).status !== 0, `process ${pid} is still there`);
    });
    await check(`predict that waits for an answer ends with ${code} after ${signal}`, async () => {
      const silent = createServer(() => undefined);
      let isAsked = false;
      silent.on('request', () => {
        isAsked = true;
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const ran = await sent(
        ['predict', 'iris', 'rows.csv', '--url', `http://127.0.0.1:${port}`],
        signal,
        () => isAsked,
      );
      silent.closeAllConnections();
      silent.close();
      must(ran.code === code, `exit code ${ran.code}: ${ran.err}`);
    });
    for (const args of [
      ['serve', url, ...ports],
      ['run', '-f', 'drip.yaml', ...ports],
      ['inspect', url],
    ]) {
      // Servers are ended by SIGTERM in good order; what had not begun to serve was interrupted by Ctrl-C.
      const wanted = signal === 'SIGTERM' && args[0] !== 'inspect' ? 0 : code;
      await check(
        `${args[0]} that downloads ends with ${wanted} after ${signal}, and the next one goes on`,
        async () => {
          const cache = join(folder, 'drip-cache');
          const before = asked.length;
          const words = [...args, '--cache-dir', cache];
          const bodies = () =>
            existsSync(join(cache, 'partial')) &&
            readdirSync(join(cache, 'partial')).some((one) => existsSync(join(cache, 'partial', one, 'body')));
          let since = 0;
          const ready = () => {
            if (asked.length > before && bodies()) since++;
            return since > 30;
          };
          const ran = await sent(words, signal, ready);
          must(ran.code === wanted, `exit code ${ran.code}: ${ran.err}`);
          must(bodies(), 'nothing is kept as partial');
          await sent(words, signal, () => asked.length > before + 1);
          must(/bytes=[1-9]/.test(asked.at(-1) ?? ''), `it begins again: ${asked.slice(before).join(' | ')}`);
          rmSync(cache, { recursive: true, force: true });
        },
      );
    }
  }
  await check('a second Ctrl-C ends verify at once', async () => {
    rmSync(join(folder, 'waits.pid'), { force: true });
    const args = ['verify', 'model.joblib', '--allow-code', '--python', './waits'];
    const ran = await sent(args, 'SIGINT', () => existsSync(join(folder, 'waits.pid')), true);
    must(ran.code === 130, `exit code ${ran.code}`);
  });
  server.closeAllConnections();
  server.close();
}
