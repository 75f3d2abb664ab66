import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BERTH = join(ROOT, 'packages', 'cli', 'bin', 'berth.js');
const MODEL = join(ROOT, 'examples', 'sklearn-iris', 'model');
const folder = mkdtempSync(join(tmpdir(), 'berth-cli-'));
const env = { ...process.env, BERTH_STATE: join(folder, 'state'), BERTH_CACHE: join(folder, 'cache'), NO_COLOR: '1' };

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function berth(args: readonly string[], more: { env?: Record<string, string>; input?: string } = {}): Ran {
  const run = spawnSync(process.execPath, [BERTH, ...args], {
    encoding: 'utf8',
    env: { ...env, ...more.env },
    timeout: 60_000,
    ...(more.input === undefined ? {} : { input: more.input }),
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

function yaml(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const isvc = (name: string, uri: string) =>
  `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: ${name}\nspec:\n  predictor:\n    sklearn:\n      storageUri: ${uri}\n`;

before(() => {
  assert.equal(berth(['get']).code, 1, 'there is no platform yet');
  const up = berth(['up', '--detach', '--http-port', '0', '--api-port', '0']);
  assert.equal(up.code, 0, up.err);
});
after(() => {
  assert.equal(berth(['down']).code, 0);
  const status = berth(['status']);
  assert.equal(status.code, 1);
  assert.match(status.err, /hint: berth up[\s\S]*code: NoPlatform/);
  rmSync(folder, { recursive: true, force: true });
});

describe('a service, from its YAML to its end', () => {
  test('apply tells what goes on and ends with the URL', () => {
    const { code, out, err } = berth(['apply', '-f', yaml('iris.yaml', isvc('iris', MODEL))]);
    assert.equal(code, 0, err);
    assert.match(out, /^inferenceservice\.serving\.kserve\.io\/iris created\nhttp:\/\/iris-default\.localhost:\d+\n$/);
    assert.match(err, /RuntimeSelected: chose kserve-sklearnserver[\s\S]*iris is ready after/);
    assert.match(berth(['apply', '-f', join(folder, 'iris.yaml')]).out, /iris unchanged/);
  });
  test('a relative path is the YAML file’s', () => {
    const file = yaml('relative.yaml', isvc('relative', './m'));
    assert.equal(spawnSync('cp', ['-r', MODEL, join(folder, 'm')]).status, 0);
    assert.equal(berth(['apply', '-f', file]).code, 0);
    assert.match(berth(['get', 'isvc', 'relative', '-o', 'yaml']).out, new RegExp(`storageUri: ${join(folder, 'm')}`));
    assert.equal(berth(['delete', '-f', file]).code, 0);
  });
  test('get in every form, data alone on standard output', () => {
    assert.match(berth(['get']).out, /^NAME +URL +READY[\s\S]*iris +http:\/\/iris-default\.localhost:\d+ +True/);
    assert.equal(JSON.parse(berth(['get', 'isvc', 'iris', '-o', 'json']).out).metadata.name, 'iris');
    assert.equal(JSON.parse(berth(['get', 'isvc', '-o', 'json']).out).kind, 'List');
    assert.equal(berth(['get', 'iris', '-o', 'name']).out, 'inferenceservice.serving.kserve.io/iris\n');
    assert.match(
      berth(['get', 'isvc,pods', '-A']).out,
      /NAMESPACE[\s\S]*default +inferenceservice[\s\S]*pod\/iris-predictor-00001/,
    );
    assert.match(
      berth(['get', 'pods', '-l', 'serving.kserve.io/inferenceservice=iris', '--no-headers']).out,
      /^iris-predictor-00001\S+ +1\/1/,
    );
  });
  test('describe, events, logs, top, status, kubeconfig', () => {
    const described = berth(['describe', 'iris']).out;
    for (const part of ['Ready: ', 'kserve-sklearnserver', 'iris-predictor-00001', '100 %', 'InferenceServiceReady']) {
      assert.ok(described.includes(part), part);
    }
    assert.match(berth(['events', 'iris']).out, /ReplicaReady/);
    assert.match(berth(['logs', 'iris', '--tail', '1']).out, /\S/);
    assert.match(berth(['top']).out, /iris +True +1/);
    assert.match(berth(['top', 'isvc/iris']).out, /iris +True +1/);
    const typo = berth(['top', 'irsi']);
    assert.equal(typo.code, 4);
    assert.match(typo.err, /no service "irsi"[\s\S]*did you mean iris\?[\s\S]*ResourceNotFound/);
    assert.match(berth(['status']).out, /1 of 1 ready/);
    assert.equal(berth(['kubeconfig']).out, `${join(folder, 'state', 'kubeconfig')}\n`);
  });
  test('predict finds the service by its name', () => {
    const input = '{"instances": [[6.8, 2.8, 4.8, 1.4]]}';
    assert.equal(berth(['predict', 'iris', '-f', '-'], { input }).out, '{"predictions":[1]}\n');
  });
  test('rollout: history, restart, a new revision, undo', () => {
    assert.match(berth(['rollout', 'history', 'iris']).out, /iris-predictor-00001 +100 %/);
    const restarted = berth(['rollout', 'restart', 'iris']);
    assert.equal(restarted.code, 0, restarted.err);
    const changed = isvc('iris', MODEL).replace(
      '    sklearn:',
      '    sklearn:\n      env: [{name: PREDICT_PROBA, value: "true"}]',
    );
    assert.equal(berth(['apply', '-f', yaml('iris.yaml', changed)]).code, 0);
    assert.match(berth(['rollout', 'history', 'iris']).out, /iris-predictor-00002 +100 %/);
    const undone = berth(['rollout', 'undo', 'iris']);
    assert.equal(undone.code, 0, undone.err);
    const input = '{"instances": [[6.8, 2.8, 4.8, 1.4]]}';
    assert.equal(berth(['predict', 'iris', '-f', '-'], { input }).out, '{"predictions":[1]}\n');
    assert.match(berth(['rollout', 'promote', 'iris']).err, /nothing to promote/);
  });
  test('delete waits until nothing is left', () => {
    assert.match(berth(['delete', 'isvc', 'iris']).out, /iris deleted/);
    assert.match(berth(['get', 'isvc,pods']).err, /nothing found/);
  });
});

describe('mistakes', () => {
  const cases: [string, string[], number, RegExp][] = [
    ['a name that is not there', ['get', 'isvc', 'nobody'], 4, /not found/],
    ['a type that is none', ['get', 'inferenceservce', 'x'], 2, /did you mean "inferenceservices?"/],
    ['an option that is none', ['get', '--ouput', 'json'], 2, /did you mean --output/],
    ['a form that is none', ['get', '-o', 'xml'], 2, /wide, json, yaml and name are/],
    ['no file', ['apply', '-f', 'no-such.yaml'], 4, /there is no file or folder no-such\.yaml/],
    ['nothing to delete', ['delete', 'isvc'], 2, /--all/],
    ['a rollout of nothing', ['rollout', 'status'], 2, /name one service/],
    ['a wrong volume', ['up', '--volume', 'x'], 2, /CLAIM=FOLDER/],
    ['a key without its certificate', ['up', '--tls-key', 'x'], 2, /belong together/],
  ];
  for (const [name, args, code, text] of cases) {
    test(name, () => {
      const ran = berth(args);
      assert.equal(ran.code, code, ran.err);
      assert.match(ran.err, text);
      assert.equal(ran.out, '');
    });
  }
  test('invalid YAML points at the line', () => {
    const file = yaml('typo.yaml', isvc('typo', MODEL).replace('storageUri', 'storageURI'));
    const { code, err } = berth(['apply', '--strict', '-f', file]);
    assert.equal(code, 3);
    assert.match(err, /typo\.yaml:8:\d+[\s\S]*\^[\s\S]*storageUri/);
  });
  test('a namespace that is not there', () => {
    const { code, err } = berth(['apply', '-n', 'nowhere', '-f', yaml('ns.yaml', isvc('x', MODEL))]);
    assert.equal(code, 4);
    assert.match(err, /namespaces "nowhere" not found/);
  });
  test('a model that is not there: told, and not waited for', () => {
    const { code, err } = berth(['apply', '-f', yaml('gone.yaml', isvc('gone', '/no/such/model'))]);
    assert.equal(code, 1);
    assert.match(err, /error: gone is not ready: NotFound: .*\/no\/such\/model/);
    assert.match(berth(['get']).err, /gone: NotFound/);
    assert.equal(berth(['delete', 'isvc', '--all']).code, 0);
  });
  test('a second platform on the same state is refused by name', () => {
    const { code, err } = berth(['up', '--http-port', '0', '--api-port', '0']);
    assert.equal(code, 1);
    assert.match(err, /the platform runs already: the process \d+ has the state folder/);
  });
  test('a port in use names its owner', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', () => resolve()));
    const { port } = holder.address() as { port: number };
    const { code, err } = berth(['up', '--http-port', String(port), '--api-port', '0'], {
      env: { BERTH_STATE: join(folder, 'other') },
    });
    holder.close();
    assert.equal(code, 1);
    assert.match(err, new RegExp(`port ${port} is in use by \\S+ \\(pid ${process.pid}\\).*--http-port`));
  });
});
