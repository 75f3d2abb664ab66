import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fakeIo } from '../test/fake-io.ts';
import { COMMANDS, main } from './main.ts';

const SKLEARN = join(import.meta.dirname, '..', '..', '..', 'examples', 'sklearn-iris', 'model');
const FIELD = join(import.meta.dirname, '..', 'fixtures', 'field');

async function run(args: string[], options: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo(options);
  const code = await main(args, io);
  return { code, ...io.written };
}

describe('help', () => {
  test('lists every command', async () => {
    for (const args of [[], ['help'], ['--help'], ['-h']]) {
      const { code, out } = await run(args);
      assert.equal(code, 0);
      for (const name of COMMANDS.keys()) assert.match(out, new RegExp(`^  ${name} `, 'm'));
    }
  });
  test('of a command shows its options', async () => {
    for (const args of [
      ['help', 'serve'],
      ['serve', '--help'],
    ])
      assert.match((await run(args)).out, /--http-port PORT/);
  });
});

describe('mistakes on the command line', () => {
  const cases: [string[], number, RegExp][] = [
    [['sreve'], 2, /did you mean "berth serve"\?/],
    [['serve'], 2, /name a model file/],
    [['serve', 'a', 'b'], 2, /one path at a time/],
    [['serve', 'a', '--htp-port', '9000'], 2, /unknown option --htp-port[\s\S]*did you mean --http-port/],
    [['serve', '/nowhere/model.pkl'], 4, /there is no file or folder \/nowhere\/model\.pkl/],
    [['serve', '.', '--http-port', 'abc'], 2, /--http-port must be a whole number from 0 to 65535, not "abc"/],
    [['serve', '.', '--http-port', '70000'], 2, /70000/],
    [['serve', '.', '--max-body-size', 'big'], 2, /64MiB/],
    [['serve', '.', '--drain-timeout', 'soon'], 2, /30s/],
    [['serve', '.', '--flavour', 'vanilla'], 2, /kserve, mlserver, triton/],
    [['serve', '.', '--name'], 2, /needs a value/],
    [['run'], 2, /name a YAML file/],
    [['run', '-f', '/nowhere.yaml'], 4, /there is no file or folder \/nowhere\.yaml/],
    [['run', '-f', 'x', '--ouput', 'json'], 2, /did you mean --output\?/],
    [['run', '-f', 'x', '-o', 'xml'], 2, /json and yaml/],
    [['run', '-f', '-'], 3, /there is no InferenceService/],
    [['predict'], 2, /name a model/],
    [['predict', 'm', '-f', '/nowhere.json'], 4, /there is no file/],
    [['inspect'], 2, /name a model file or folder/],
    [['verify'], 2, /name one model file/],
    [['verify', 'a', 'b'], 2, /name one model file/],
    [['verify', '/nowhere/model.pkl'], 4, /there is no file or folder \/nowhere\/model\.pkl/],
    [['verify', 'x', '-o', 'xml'], 2, /text and json are/],
    [['verify', 'x', '--rtol', '-1'], 2, /--rtol must be a number that is not negative/],
    [['verify', 'x', '--rows', '0'], 2, /--rows must be a whole number from 1/],
    [['verify', SKLEARN], 2, /is a pickle.*--allow-code/s],
    [['verify', SKLEARN, '--allow-code', '--python', './nowhere'], 4, /there is no Python/],
    [['completion'], 2, /bash, zsh, fish or powershell/],
  ];
  for (const [args, code, text] of cases) {
    test(args.join(' '), async () => {
      const result = await run(args);
      assert.equal(result.code, code, result.err);
      assert.match(result.err, text);
      assert.equal(result.out, '');
    });
  }
});

describe('berth run refuses YAML', () => {
  test('with the line, a caret and what to do', async () => {
    const input =
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: a\nspec:\n  predictor:\n    sklearn:\n      storageURI: /m\n';
    const { code, err } = await run(['run', '-f', '-'], { input });
    assert.equal(code, 3);
    assert.match(err, /error: unknown field "spec\.predictor\.sklearn\.storageURI"/);
    assert.match(err, /at \(standard input\):8:7/);
    assert.match(err, /8 \| {7}storageURI: \/m\n {4}\| {7}\^/);
    assert.match(err, /hint: did you mean "storageUri"\?/);
  });
  test('and never prints control characters of it', async () => {
    const input = 'apiVersion: v1\nkind: "\\e[31mRed"\n';
    const { err } = await run(['run', '-f', '-'], { input });
    assert.ok(!err.includes('\u001b'));
  });
  test('with --strict what nothing reads is an error', async () => {
    const input = `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec:\n  predictor:\n    sklearn: {storageUri: /m, colour: red}\n`;
    assert.equal((await run(['run', '-f', '-', '--strict'], { input })).code, 3);
    const { code, out } = await run(['run', '-f', '-', '--dry-run'], { input });
    assert.equal(code, 0);
    assert.equal(JSON.parse(out).runtime.name, 'kserve-sklearnserver');
  });
});

describe('berth run reads', () => {
  const planned = async (args: string[], cwd: string) => {
    const { code, out, err } = await run(['run', ...args, '--dry-run'], { cwd });
    assert.equal(code, 0, err);
    const value = JSON.parse(out);
    return (Array.isArray(value) ? value : [value]).map((one: { name: string }) => one.name);
  };
  test('several files, and folders of them', async () => {
    const files = ['001-curl-default-content-type/isvc.yaml', '003-v1-path-without-verb/isvc.yaml'];
    assert.deepEqual(
      await planned(
        files.flatMap((file) => ['-f', file]),
        FIELD,
      ),
      ['iris', 'email-sendout'],
    );
    assert.deepEqual(await planned(['-f', '068-metrics-by-model'], FIELD), ['a', 'b']);
  });
  test('and refuses one service in two files', async () => {
    const args = ['001-curl-default-content-type', '005-v2-body-on-v1-path'].flatMap((name) => [
      '-f',
      `${name}/isvc.yaml`,
    ]);
    const { code, err } = await run(['run', ...args], { cwd: FIELD });
    assert.equal(code, 3);
    assert.match(err, /InferenceService "iris" stands in 001-curl-default-content-type\/isvc\.yaml as well/);
  });
});

describe('berth inspect', () => {
  test('tells what a file holds', async () => {
    const { code, out } = await run(['inspect', join(FIELD, '028-xgb-named-columns-any-order/model/model.json')]);
    assert.equal(code, 0);
    assert.match(out, /format +xgboost/);
    assert.match(out, /columns .*usage_gb/);
  });
  test('as JSON for programs', async () => {
    const { code, out } = await run(['inspect', join(FIELD, '039-model-file-names/svm-joblib'), '-o', 'json']);
    assert.equal(code, 0);
    const facts = JSON.parse(out);
    assert.equal(facts.format, 'sklearn');
    assert.equal(typeof facts.sizeBytes, 'number');
    assert.deepEqual(facts.inputs[0].shape, [-1, 4]);
  });
  test('fails for a folder without a model, and says what it saw', async () => {
    const { code, err } = await run(['inspect', join(FIELD, '039-model-file-names/nothing')]);
    assert.equal(code, 1);
    assert.match(err, /README\.md/);
  });
});
