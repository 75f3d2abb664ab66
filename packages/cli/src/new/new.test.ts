import assert from 'node:assert/strict';
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fakeIo } from '../../test/fake-io.ts';
import { JSON_BODY, send } from '../../test/field-case.ts';
import { launch } from '../../test/live-server.ts';
import { main } from '../main.ts';
import { serviceName } from './isvc-yaml.ts';

const FORMATS = join(import.meta.dirname, '..', '..', '..', 'formats');
const IRIS = join(FORMATS, 'src', 'sklearn', 'fixtures', 'old', 'sk102_svc_rbf', 'model.pkl');
const BOOSTER = join(FORMATS, 'fixtures', '039-model-file-names', 'xgb-named', 'churn-2024.json');
const LIGHT = join(FORMATS, 'fixtures', '039-model-file-names', 'lgb-txt', 'nonhist.txt');
const GRAPH = join(FORMATS, 'src', 'onnx', 'golden', 'regressor.onnx');
const REPOSITORY = join(FORMATS, 'fixtures', '015-onnx-map-output', 'repo');

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-new-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function berth(cwd: string, ...args: string[]) {
  const io = fakeIo({ cwd });
  const code = await main(args, io);
  return { code, ...io.written };
}

describe('berth new isvc', () => {
  const models: [string, string, string[], string][] = [
    ['iris.pkl', IRIS, [], 'sklearn'],
    ['iris v2.pkl', IRIS, ['--protocol', 'v2'], 'sklearn'],
    ['Churn (2024).json', BOOSTER, [], 'xgboost'],
    ['churn.json', BOOSTER, ['--protocol', 'v2'], 'xgboost'],
    ['light.txt', LIGHT, [], 'lightgbm'],
    ['graph.onnx', GRAPH, [], 'onnx'],
    ['repo', REPOSITORY, [], 'triton'],
  ];
  for (const [file, source, args, format] of models) {
    test(`of ${file} ${args.join(' ')} is served by berth run, and right to berth check`, () =>
      inFolder(async (folder) => {
        await cp(source, join(folder, 'models', file), { recursive: true });
        await mkdir(join(folder, 'yaml'));
        const made = await berth(
          folder,
          'new',
          'isvc',
          `models/${file}`,
          '--name',
          'made',
          '-o',
          'yaml/made.yaml',
          ...args,
        );
        assert.equal(made.code, 0, made.err);
        assert.match(made.err, /berth run -f yaml\/made\.yaml/);
        const text = await readFile(join(folder, 'yaml', 'made.yaml'), 'utf8');
        assert.match(text, new RegExp(`name: ${format}$`, 'm'));
        assert.ok(text.split('\n').length <= 22, text);
        const check = await berth(folder, 'check', '-f', 'yaml/made.yaml', '--inspect-models', '-o', 'json');
        assert.equal(check.code, 0, check.out);
        const [service] = JSON.parse(check.out).services;
        assert.deepEqual([service.verdict, service.notHonoured, service.remarks], ['native', [], []]);
        await using server = await launch({
          args: ['run', '-f', join(folder, 'yaml', 'made.yaml')],
          until: (_out, err) => /^(ready|not ready): /m.test(err),
        });
        assert.match(server.err(), /^ready: /m);
        const inspected = JSON.parse((await berth(folder, 'inspect', `models/${file}`, '-o', 'json')).out);
        const isV1 = service.predictors[0].protocol === 'v1';
        const body = isV1 ? inspected.samples.v1 : inspected.samples.v2;
        const name = format === 'triton' ? inspected.name : 'made';
        const path = isV1 ? `/v1/models/${name}:predict` : `/v2/models/${name}/infer`;
        const answer = await send(server.httpPort, 'POST', path, JSON.stringify(body), JSON_BODY);
        assert.equal(answer.status, 200, answer.text);
      }));
  }
  test('takes its name from the file, or from its folder where the file is called model', () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'Fraud_Scores'));
      await copyFile(IRIS, join(folder, 'Fraud_Scores', 'model.pkl'));
      const { out, code, err } = await berth(folder, 'new', 'isvc', 'Fraud_Scores/model.pkl', '-o', '-');
      assert.equal(code, 0, err);
      assert.match(out, /^ {2}name: fraud-scores$/m);
      assert.match(out, /storageUri: \.\/Fraud_Scores\/model\.pkl$/m);
      await berth(join(folder, 'Fraud_Scores'), 'new', 'isvc', 'model.pkl');
      assert.match(
        await readFile(join(folder, 'Fraud_Scores', 'fraud-scores.yaml'), 'utf8'),
        /storageUri: \.\/model\.pkl/,
      );
    }));
  test('of a URI needs its format and looks at nothing', () =>
    inFolder(async (folder) => {
      const { out } = await berth(
        folder,
        'new',
        'isvc',
        's3://lake/models/flowers',
        '--format',
        'xgboost',
        '-o',
        '-',
        '-n',
        'team',
      );
      assert.match(out, /name: flowers\n {2}namespace: team\n/);
      assert.match(out, /storageUri: s3:\/\/lake\/models\/flowers$/m);
      assert.equal((await berth(folder, 'new', 'isvc', 's3://lake/models/flowers')).code, 2);
    }));
  test('never overwrites', () =>
    inFolder(async (folder) => {
      await copyFile(IRIS, join(folder, 'iris.pkl'));
      await writeFile(join(folder, 'iris.yaml'), 'mine');
      const { code, err } = await berth(folder, 'new', 'isvc', 'iris.pkl');
      assert.equal(code, 1);
      assert.match(err, /iris\.yaml is there already and is not overwritten/);
      assert.match(err, /-o -/);
      assert.equal(await readFile(join(folder, 'iris.yaml'), 'utf8'), 'mine');
    }));
  test('says what it can not do', () =>
    inFolder(async (folder) => {
      await copyFile(GRAPH, join(folder, 'g.onnx'));
      await writeFile(join(folder, 'evil.pkl'), '\u0080\u0002cos\nsystem\n.', 'latin1');
      await mkdir(join(folder, 'locked'));
      await chmod(join(folder, 'locked'), 0o500);
      const cases: [string[], number, RegExp][] = [
        [['new'], 0, /^$/],
        [['new', 'isvcs'], 2, /did you mean "berth new isvc"/],
        [['new', 'isvc'], 2, /name a model/],
        [['new', 'isvc', 'a', 'b'], 2, /one model at a time/],
        [['new', 'isvc', 'nowhere.pkl'], 4, /nowhere/],
        [['new', 'isvc', 'evil.pkl'], 1, /os\.system is not allowed/],
        [['new', 'isvc', 'g.onnx', '--protocol', 'v1'], 2, /v2 alone/],
        [['new', 'isvc', 'g.onnx', '--protocol', 'v3'], 2, /v1 and v2/],
        [['new', 'isvc', 'g.onnx', '--name', 'Big_Name'], 2, /--name big-name/],
        [['new', 'isvc', 'g.onnx', '-n', 'A b'], 2, /no valid namespace/],
        [['new', 'isvc', 'g.onnx', '-o', 'no/such/folder.yaml'], 1, /can not be written: its folder is not there/],
        [['new', 'isvc', 'hdfs://x/y', '--format', 'sklearn'], 2, /HDFS/],
      ];
      for (const [args, code, text] of cases) {
        const result = await berth(folder, ...args);
        assert.equal(result.code, code, `${args.join(' ')}: ${result.err}`);
        assert.match(result.err, text);
      }
      assert.match((await berth(folder, 'new')).out, /isvc {2}the InferenceService/);
    }));
  test('every file name gives a name that KServe takes', () => {
    for (const text of [
      'model',
      '2024_Q1',
      'Über-Modell',
      '---',
      '',
      'a'.repeat(100),
      `${'a'.repeat(39)}-b`,
      '模型',
      'x.y.z',
    ]) {
      assert.match(serviceName(text), /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/, text);
    }
  });
});
