import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import type { ReplicaView, Runner } from '@berth/control';
import { type Bench, bench, call, workload } from '../testing/substrate-bench.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { type ContainerEngine, findEngine } from './engine.ts';

const found = await findEngine(process.env.PATH ?? '');
const engine: ContainerEngine | undefined = 'engine' in found ? found.engine : undefined;
const IMAGE = 'localhost/berth-test-agent:1';

const AGENT = `const http = require('node:http'), fs = require('node:fs');
http.createServer((q, s) => {
  if (q.url === '/exit') process.exit(5);
  const models = fs.existsSync('/mnt/models') ? fs.readdirSync('/mnt/models') : [];
  let write = 'written'; try { fs.writeFileSync('/mnt/models/x', '') } catch (error) { write = error.code }
  s.end(JSON.stringify({ env: process.env, argv: process.argv.slice(2), models, write }));
}).listen(9000, '0.0.0.0', () => console.log('listening'));
process.on('SIGTERM', () => { console.log('asked to end'); process.exit(0) });`;

function engineRun(args: readonly string[], input?: Buffer): string {
  const { program, global } = engine as ContainerEngine;
  return execFileSync(program, [...global, ...args], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
}

/** An image of nothing but Node and what it is linked to. */
function buildImage(): void {
  const root = mkdtempSync(join(tmpdir(), 'berth-image-'));
  const put = (from: string, to = from) => {
    mkdirSync(join(root, dirname(to)), { recursive: true });
    copyFileSync(from, join(root, to));
  };
  put(process.execPath, '/bin/node');
  const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const [library] of linked.matchAll(/\/\S+/g)) put(library);
  mkdirSync(join(root, 'app'));
  mkdirSync(join(root, 'tmp'));
  writeFileSync(join(root, 'app', 'server.cjs'), AGENT);
  const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 30 });
  rmSync(root, { recursive: true });
  engineRun(
    ['import', '--change', 'ENTRYPOINT ["/bin/node"]', '--change', 'CMD ["/app/server.cjs","from-image"]', '-', IMAGE],
    archive,
  );
}

/** Why images can not be run here; an engine that is there may still not be allowed to. */
function whyNot(): string | undefined {
  if (engine === undefined || process.platform !== 'linux') return 'needs podman, docker or nerdctl';
  try {
    buildImage();
    return undefined;
  } catch (error) {
    return `${engine.name} makes no image here: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}
const needsEngine = { skip: whyNot() ?? false };

const container = (more: object = {}): Runner => ({
  kind: 'container',
  image: IMAGE,
  args: [],
  ports: [{ containerPort: 9000 }],
  ...more,
});

let open: Bench[] = [];
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

async function started(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const one = await bench(options);
  open.push(one);
  return one;
}

const httpOf = (view: ReplicaView) => view.endpoint?.http ?? assert.fail('it has no endpoint');
const running = () =>
  engineRun(['ps', '-a', '--filter', `ancestor=${IMAGE}`, '--format', '{{.Names}}'])
    .split('\n')
    .filter((one) => one !== '');

describe('a container', needsEngine, () => {
  after(() => {
    if (needsEngine.skip === false) engineRun(['rmi', '-f', IMAGE]);
  });

  test('is reached on loopback, sees its model and its environment, and is asked to end', async () => {
    const { substrate, until, view, folder } = await started();
    const env = { SECRET: 'planted', HOME: '/app', LINES: 'one\ntwo' };
    substrate.start('a', workload(container(), { env }));
    const ready = await until('a', 'ready');
    const answer = JSON.parse((await call(httpOf(ready), '/')).body);
    assert.deepEqual(answer.argv, ['from-image']);
    assert.equal(answer.env.SECRET, 'planted');
    assert.equal(answer.env.HOME, '/app');
    assert.equal(answer.env.LINES, 'one\ntwo');
    assert.equal(answer.env.PORT, '9000');
    assert.ok(answer.models.length > 0);
    assert.match(answer.write, /EROFS|EACCES/);
    const words = readFileSync(`/proc/${ready.pid}/cmdline`, 'latin1');
    assert.ok(!words.includes('planted'), 'no value stands in the arguments');
    const used = await waitUntil('its use is known', () => substrate.usage()[0]);
    assert.ok(used.memoryBytes > 20 * 2 ** 20, 'of the container, not of its client');
    substrate.stop('a');
    await waitUntil('it is gone', () => view('a') === undefined);
    assert.match(readFileSync(join(folder, 'state', 'logs', 'default', 'a', '0.log'), 'utf8'), /asked to end/);
    await waitUntil('the engine has forgotten it', () => running().length === 0);
  });

  test('takes arguments and a command in the place of its own, and probes inside of it', async () => {
    const { substrate, until } = await started();
    const probes = { readiness: { exec: { command: ['/bin/node', '-e', 'process.exit(0)'] } } };
    substrate.start('a', workload(container({ args: ['/app/server.cjs', 'mine'] }), { probes }));
    substrate.start('b', workload(container({ command: ['/bin/node', '/app/server.cjs'], args: ['theirs'] })));
    const [a, b] = await Promise.all([until('a', 'ready'), until('b', 'ready')]);
    const argv = async (view: ReplicaView) => {
      const answer = await waitUntil('it answers', () => call(httpOf(view), '/').catch(() => undefined));
      return JSON.parse(answer.body).argv;
    };
    assert.deepEqual(await argv(a), ['mine']);
    assert.deepEqual(await argv(b), ['theirs']);
  });

  test('starts again when it ends', async () => {
    const { substrate, until, states } = await started();
    substrate.start('a', workload(container()));
    const view = await until('a', 'ready');
    await call(httpOf(view), '/exit').catch(() => undefined);
    await waitUntil('it failed', () => states.get('a')?.includes('failed'));
    const again = await until('a', 'ready');
    assert.equal(again.restarts, 1);
  });

  test('does not outlive a client that is killed', async () => {
    const { substrate, until, host } = await started();
    substrate.start('a', workload(container()));
    await until('a', 'ready');
    const [name] = running();
    assert.ok(name !== undefined);
    // As when the keeper is killed: the client goes without a word.
    substrate.close();
    await host.stopAll(0);
    await waitUntil('the container is gone', () => !running().includes(name));
  });

  test('of an image that is nowhere says so', async () => {
    const { substrate, view } = await started();
    substrate.start('a', workload(container({ image: 'localhost:1/nowhere/none:1' })));
    const failed = await waitUntil(
      'it failed',
      () => view('a')?.failure !== undefined && view('a')?.state === 'failed' && view('a'),
    );
    assert.equal(failed.failure?.reason, 'ErrImagePull');
  });
});

describe('without a container engine', () => {
  test('the failure names the image and the way out', async () => {
    const { substrate, until } = await started({ path: '/nowhere' });
    substrate.start('a', workload(container({ image: 'registry.example.com/team/model:3' })));
    const { failure } = await until('a', 'failed');
    assert.equal(failure?.reason, 'NeedsContainerEngine');
    assert.equal(failure?.isFinal, true);
    assert.match(failure?.message ?? '', /registry\.example\.com\/team\/model:3 .*install podman, docker or nerdctl/);
  });
});
