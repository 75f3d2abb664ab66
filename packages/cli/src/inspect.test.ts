import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { describe, test } from 'node:test';
import { parseYaml } from '@berth/api';
import { fakeIo } from '../test/fake-io.ts';
import { JSON_BODY, send } from '../test/field-case.ts';
import { launch } from '../test/live-server.ts';
import { main } from './main.ts';

const FORMATS = join(import.meta.dirname, '..', '..', 'formats');
const OLD = join(FORMATS, 'src', 'sklearn', 'fixtures', 'old');

async function inspect(args: string[], options: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo(options);
  const code = await main(['inspect', ...args], io);
  return { code, ...io.written };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-inspect-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A pickle that would run a program, then name a class that Berth knows. */
const EVIL = Buffer.from('\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R0csklearn.svm._classes\nSVC\n)\x81.', 'latin1');
/** A pickle of a known library's class that has no evaluator. */
const UNSUPPORTED = Buffer.from('\x80\x02csklearn.cluster._optics\nOPTICS\n)\x81}b.', 'latin1');

describe('berth inspect', () => {
  test('opens a pipeline, and says what it takes', async () => {
    const { code, out } = await inspect([join(OLD, 'sk0222_df_imputed', 'model.pkl')]);
    assert.equal(code, 0);
    assert.match(out, /saved by +scikit-learn 0\.22\.2/);
    assert.match(out, /standardscaler: sklearn\.preprocessing\._data\.StandardScaler/);
    assert.match(out, /c: sklearn\.preprocessing\._encoders\.OneHotEncoder of city/);
    assert.match(out, /v1 request +\{"instances":\[\{"age":/);
    assert.match(out, /safety +safe: 1 pickle names 14 things/);
  });
  test('as JSON and as YAML, the same', async () => {
    const path = join(OLD, 'sk0242_vote_soft_w', 'model.joblib');
    const json = JSON.parse((await inspect([path, '-o', 'json'])).out);
    assert.equal(json.schemaVersion, 1);
    assert.deepEqual(json.library, { name: 'scikit-learn', version: '0.24.2' });
    assert.deepEqual(
      json.steps.steps.map((one: { name: string }) => one.name),
      ['l', 'g'],
    );
    assert.deepEqual(json.features, { count: 7 });
    assert.deepEqual(json.classes, ['no', 'yes']);
    assert.equal(json.safety.verdict, 'safe');
    assert.equal(json.supported, true);
    const yaml = parseYaml((await inspect([path, '-o', 'yaml'])).out).documents[0]?.value;
    assert.deepEqual(JSON.parse(JSON.stringify(yaml)), json);
  });
  test('counts trees and operators', async () => {
    const named = join(FORMATS, 'fixtures', '039-model-file-names', 'xgb-named');
    assert.equal(JSON.parse((await inspect([named, '-o', 'json'])).out).trees > 0, true);
    const graph = join(FORMATS, 'src', 'onnx', 'golden', 'regressor.onnx');
    const { operators, safety } = JSON.parse((await inspect([graph, '-o', 'json'])).out);
    assert.ok(operators.length > 0 && operators.every((one: { count: number }) => one.count > 0));
    assert.equal(safety.verdict, 'no-code');
  });
  test('tells every name of a pickle that is refused, without running it', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'model.pkl'), EVIL);
      const { code, out, err } = await inspect(['model.pkl'], { cwd: folder });
      assert.equal(code, 1);
      assert.match(out, /UNSAFE to unpickle: 1 pickle names 2 things, 1 of them not known/);
      assert.match(out, /refused {2}os\.system \(called\): runs programs on the machine/);
      assert.match(out, /known {4}sklearn\.svm\._classes\.SVC/);
      assert.match(out, /not served +UnsafeModel: global os\.system is not allowed/);
      assert.match(err, /error: model: global os\.system is not allowed/);
      const { safety, error, supported } = JSON.parse(
        (await inspect(['model.pkl', '-o', 'json'], { cwd: folder })).out,
      );
      assert.deepEqual([supported, error.reason, safety.globals.length], [false, 'UnsafeModel', 2]);
    }));
  test('is a gate for CI', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'evil.pkl'), EVIL);
      await writeFile(join(folder, 'other.pkl'), UNSUPPORTED);
      await copyFile(join(OLD, 'sk0222_kmeans', 'model.pkl'), join(folder, 'fine.pkl'));
      const code = async (...args: string[]) => (await inspect(args, { cwd: folder })).code;
      const both = ['--fail-on', 'unsafe', '--fail-on', 'unsupported'];
      assert.equal(await code('fine.pkl', ...both), 0);
      assert.equal(await code('evil.pkl', '--fail-on', 'unsafe'), 1);
      assert.equal(await code('evil.pkl', '--fail-on', 'unsupported'), 1);
      assert.equal(await code('other.pkl', '--fail-on', 'unsafe'), 0);
      assert.equal(await code('other.pkl', '--fail-on', 'unsafe,unsupported'), 1);
      assert.equal(await code('other.pkl'), 1);
      assert.equal(await code('nowhere.pkl', '--fail-on', 'unsafe'), 4);
      assert.equal(await code('fine.pkl', '--fail-on', 'danger'), 2);
      assert.equal(await code('fine.pkl', '-o', 'xml'), 2);
    }));
  test('lists a class that has no evaluator by its name', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'other.pkl'), UNSUPPORTED);
      const { out } = await inspect(['other.pkl', '-o', 'json'], { cwd: folder });
      const { steps, error, safety } = JSON.parse(out);
      assert.equal(steps.class, 'sklearn.cluster._optics.OPTICS');
      assert.equal(error.reason, 'UnsupportedModel');
      assert.equal(safety.verdict, 'safe');
    }));
  test('a file that holds control characters prints none', () =>
    inFolder(async (folder) => {
      await writeFile(
        join(folder, 'model.pkl'),
        Buffer.from('\x80\x02c\u001b[31mos\nsy\u001b]0;x\u0007stem\n.', 'latin1'),
      );
      const { out, err } = await inspect(['model.pkl'], { cwd: folder });
      assert.doesNotMatch(out + err, /[^\P{Cc}\n\t]/u);
      assert.match(out, /refused/);
    }));
  test('of a URI', () =>
    inFolder(async (folder) => {
      const { readFile } = await import('node:fs/promises');
      const content = await readFile(join(OLD, 'sk0222_kmeans', 'model.pkl'));
      const server = createServer((_request, response) => {
        response.setHeader('content-type', 'application/octet-stream').end(content);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.pkl`;
        const { code, out, err } = await inspect([uri, '--cache-dir', join(folder, 'cache')]);
        assert.equal(code, 0, err);
        assert.match(out, /holds +KMeans/);
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    }));
});

test('the sample requests of every kind of model work against berth serve', async () => {
  const models = [
    ...globSync('src/sklearn/fixtures/**/*.{joblib,pkl}', { cwd: FORMATS }),
    ...globSync('src/xgboost/{fixtures,golden/0.90}/*.{json,ubj,bst}', { cwd: FORMATS }).slice(0, 10),
    ...globSync('src/lightgbm/golden/4.0.0/*.txt', { cwd: FORMATS }).slice(0, 6),
    ...['regressor', 'identity-bytes', 'identity-bool', 'identity-int32', 'identity-fp16', 'zipmap-text', 'scalar'].map(
      (name) => `src/onnx/golden/${name}.onnx`,
    ),
  ];
  await inFolder(async (folder) => {
    const { mkdir } = await import('node:fs/promises');
    const samples = new Map<string, { v1?: unknown; v2?: unknown }>();
    for (const [index, path] of models.entries()) {
      const name = `m${index}`;
      await mkdir(join(folder, name));
      const target = join(folder, name, `model${extname(path)}`);
      await copyFile(join(FORMATS, path), target);
      const { out } = await inspect([target, '-o', 'json']);
      const report = JSON.parse(out);
      if (report.supported) {
        assert.ok(report.samples !== undefined, `${path} has no sample`);
        samples.set(name, report.samples);
      } else await rm(join(folder, name), { recursive: true });
    }
    assert.ok(samples.size > 40, String(samples.size));
    await using server = await launch({
      args: ['serve', folder],
      until: (_out, err) => [...err.matchAll(/^(ready|not ready): /gm)].length >= samples.size,
    });
    for (const [name, { v1, v2 }] of samples) {
      const about = models[Number(name.slice(1))];
      assert.ok(v1 !== undefined || v2 !== undefined, about);
      for (const [path, body] of [
        [`/v1/models/${name}:predict`, v1],
        [`/v2/models/${name}/infer`, v2],
      ] as const) {
        if (body === undefined) continue;
        const answer = await send(server.httpPort, 'POST', path, JSON.stringify(body), JSON_BODY);
        assert.equal(answer.status, 200, `${about} ${path} ${JSON.stringify(body).slice(0, 300)}: ${answer.text}`);
      }
    }
  });
});
