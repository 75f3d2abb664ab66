import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { discoverModels } from './discover.ts';
import type { DiscoverOptions } from './discovered.ts';

const PICKLE = Buffer.from('\x80\x04\x95\x00', 'latin1');
const LIGHTGBM = 'tree\nversion=v4\nnum_class=1\n';
const XGBOOST = '{"learner":{},"version":[2,1,0]}';
const ONNX = Buffer.from('\x08\x09\x12\x04test:\x06\x12\x04test\x42\x02\x10\x12', 'latin1');

const top = mkdtempSync(join(tmpdir(), 'berth-layout-'));
after(() => rmSync(top, { recursive: true, force: true }));

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(top, 'case-'));
});

function put(files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** Each model as `name/version format file`, or `name reason: message`. */
async function found(options: DiscoverOptions = {}, path = root): Promise<string[]> {
  const models = await discoverModels(path, { name: 'root', ...options });
  return models.map((model) => {
    const name = model.version === undefined ? model.name : `${model.name}/${model.version}`;
    if (model.problem !== undefined) return `${name} ${model.problem.reason}: ${model.problem.message}`;
    return `${name} ${model.format} ${model.path.slice(path.length + 1)}`;
  });
}

async function theProblem(options: DiscoverOptions = {}): Promise<string> {
  const lines = await found(options);
  assert.equal(lines.length, 1);
  return lines[0];
}

describe('a file that is no model, whatever its name', () => {
  const one = async (name: string) => (await discoverModels(join(root, name)))[0]?.problem;
  it('is told by what it is', async () => {
    put({
      'a.onnx': '<!doctype html><p>',
      'b.joblib': '\n<HTML>',
      'c.pkl': 'version https://git-lfs.github.com/spec/v1\n',
    });
    for (const [name, text] of [
      ['a.onnx', /a\.onnx is an HTML page, not a model/],
      ['b.joblib', /b\.joblib is an HTML page, not a model/],
      ['c.pkl', /c\.pkl is a pointer of Git LFS.*git lfs pull/],
    ] as const) {
      const problem = await one(name);
      assert.equal(problem?.reason, 'CorruptModel');
      assert.match(problem?.message ?? '', text);
    }
  });
  it('and is vast is not read to find out why', async () => {
    put({ 'vast.pkl': '' });
    truncateSync(join(root, 'vast.pkl'), 2 ** 40);
    assert.match((await one('vast.pkl'))?.message ?? '', /vast\.pkl does not start like a sklearn model/);
  });
});

describe('a folder with one model', () => {
  it('takes the only file of the declared format, whatever it is called', async () => {
    for (const [name, content, format] of [
      ['svm.joblib', PICKLE, 'sklearn'],
      ['inf-sample', PICKLE, 'sklearn'],
      ['nonhist.txt', LIGHTGBM, 'lightgbm'],
      ['churn-2024.json', XGBOOST, 'xgboost'],
      ['model.bst', LIGHTGBM, 'lightgbm'],
      ['model.ubj', XGBOOST, 'xgboost'],
      ['net.bin', ONNX, 'onnx'],
    ] as const) {
      rmSync(root, { recursive: true });
      put({ [name]: content });
      assert.deepEqual(await found({ format }), [`root ${format} ${name}`]);
      assert.deepEqual(await found(), [`root ${format} ${name}`]);
    }
  });

  it('passes over what lies beside it', async () => {
    const litter = [
      '.DS_Store',
      '._model.joblib',
      'Thumbs.db',
      'MLmodel',
      'conda.yaml',
      'requirements.txt',
      'README.md',
    ];
    put({ 'model.joblib': PICKLE, 'metadata.json': '{}', 'input.json': '{}', 'train.csv': 'a', 'plot.png': 'x' });
    for (const name of litter) put({ [name]: PICKLE });
    assert.deepEqual(await found({ format: 'sklearn' }), ['root sklearn model.joblib']);
  });

  it("takes the format's usual extension before content alone", async () => {
    put({ 'model.joblib': PICKLE, 'vocabulary.dat': PICKLE });
    assert.deepEqual(await found({ format: 'sklearn' }), ['root sklearn model.joblib']);
  });

  it('refuses two, and names both', async () => {
    put({ 'a.joblib': PICKLE, 'b.joblib': PICKLE });
    assert.match(await theProblem({ format: 'sklearn' }), /^root ModelLayout: .*a\.joblib, b\.joblib/);
    rmSync(join(root, 'b.joblib'));
    put({ 'b.onnx': ONNX });
    assert.match(await theProblem(), /a\.joblib, b\.onnx; .*declare the format/);
    assert.deepEqual(await found({ format: 'onnx' }), ['root onnx b.onnx']);
  });

  it('names what lies there when there is none', async () => {
    put({ 'README.md': 'x', 'notes.txt': 'x', 'sub/notes.txt': 'x' });
    const line = await theProblem({ format: 'sklearn' });
    assert.match(
      line,
      /^root ModelLayout: no sklearn model file found; the folder holds README\.md, notes\.txt, sub\//,
    );
    assert.match(line, /\.joblib, \.pkl, \.pickle/);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    assert.match(await theProblem(), /the folder holds nothing/);
  });

  it('names ten files of many', async () => {
    for (let index = 0; index < 30; index++) put({ [`n${index}.md`]: 'x' });
    assert.match(await theProblem(), /and 20 more/);
  });

  it('says what a file is when it is not of the declared format', async () => {
    put({ 'model.bst': LIGHTGBM });
    assert.match(await theProblem({ format: 'xgboost' }), /declared format is xgboost, but model\.bst is .* lightgbm/);
  });

  it('says that a file is empty or damaged', async () => {
    put({ 'model.joblib': '' });
    assert.match(await theProblem({ format: 'sklearn' }), /CorruptModel: model\.joblib is empty/);
    put({ 'model.joblib': 'garbage' });
    assert.match(await theProblem({ format: 'sklearn' }), /CorruptModel: model\.joblib does not start like a sklearn/);
    assert.match(await theProblem(), /CorruptModel/);
  });

  it('refuses models of other software by their kind', async () => {
    put({ 'model.pt': 'x' });
    assert.match(
      await theProblem(),
      /UnsupportedModel: model\.pt is a PyTorch file, which is not served yet; Berth serves/,
    );
    rmSync(join(root, 'model.pt'));
    put({ 'saved_model.pb': 'x', 'fingerprint.pb': 'x', 'variables/variables.index': 'x' });
    assert.match(await theProblem(), /saved_model\.pb is a TensorFlow SavedModel/);
    assert.match(await theProblem({ format: 'tensorflow' }), /UnsupportedModel: the model format "tensorflow"/);
  });

  it('follows links inside the folder, as a ConfigMap mount has them, and none out of it', async () => {
    put({ '..2024/model.joblib': PICKLE });
    symlinkSync('..2024', join(root, '..data'));
    symlinkSync('..data/model.joblib', join(root, 'model.joblib'));
    assert.deepEqual(await found({ format: 'sklearn' }), ['root sklearn ..2024/model.joblib']);
    rmSync(join(root, 'model.joblib'));
    writeFileSync(join(top, 'secret.joblib'), PICKLE);
    symlinkSync(join(top, 'secret.joblib'), join(root, 'model.joblib'));
    assert.match(await theProblem({ format: 'sklearn' }), /UnsafeModel: a link leads out .*model\.joblib/);
    rmSync(join(root, 'model.joblib'));
    symlinkSync('nowhere', join(root, 'model.joblib'));
    assert.match(await theProblem({ format: 'sklearn' }), /ModelUnreadable: a link leads to nothing .*model\.joblib/);
  });

  it('never opens a pipe', {
    skip: process.platform === 'win32' && 'Windows has no named pipes in folders',
  }, async () => {
    execFileSync('mkfifo', [join(root, 'model.joblib')]);
    assert.match(
      await theProblem({ format: 'sklearn' }),
      /no sklearn model file found; the folder holds model\.joblib/,
    );
  });

  it('prints no control characters of a file name', async () => {
    put({ 'evil\x1b[31m\n.joblib': '' });
    assert.match(await theProblem(), /evil\?\[31m\?\.joblib is empty/);
  });

  it('is bounded in its number of entries', async () => {
    for (let index = 0; index < 12; index++) put({ [`n${index}.md`]: 'x' });
    assert.match(await theProblem({ maxEntries: 10 }), /LimitExceeded: .*more than 10 entries/);
  });
});

describe('a bare file', () => {
  it('is served under its name without the extension, or the name that is asked for', async () => {
    put({ 'my model.v2.joblib': PICKLE });
    const path = join(root, 'my model.v2.joblib');
    const [own] = await discoverModels(path);
    assert.deepEqual([own.name, own.format, own.path, own.folder], ['my-model.v2', 'sklearn', path, root]);
    const [named] = await discoverModels(path, { name: 'iris' });
    assert.equal(named.name, 'iris');
  });

  it('that is missing, or of no format, is a problem', async () => {
    const [missing] = await discoverModels(join(root, 'nope.joblib'));
    assert.equal(missing.problem?.reason, 'ModelUnreadable');
    assert.ok(!missing.problem?.message.includes(root));
    put({ 'x.txt': 'hello' });
    const [text] = await discoverModels(join(root, 'x.txt'));
    assert.match(text.problem?.message ?? '', /x\.txt is of no known format/);
  });

  it('under a name that no URL can have is a problem', async () => {
    put({ 'x.joblib': PICKLE });
    for (const name of ['', 'a/b', '..', 'a b', '__proto__', `${'a'.repeat(254)}`]) {
      const [model] = await discoverModels(join(root, 'x.joblib'), { name });
      assert.equal(model.problem?.reason, 'ModelLayout', name);
    }
  });
});

describe('a folder of folders', () => {
  it('serves each that holds a model and reports the others', async () => {
    put({
      'one/model.pickle': PICKLE,
      'two/model.pkl': PICKLE,
      'three/a.joblib': PICKLE,
      'three/b.joblib': PICKLE,
      'four/model.pmml': '<PMML/>',
      'docs/README.md': 'x',
      '.git/HEAD': 'x',
      '__pycache__/x.pyc': 'x',
      'bad name/model.pkl': PICKLE,
      'README.md': 'x',
    });
    const warnings: string[] = [];
    const lines = await found({ onWarning: (message) => warnings.push(message) });
    assert.match(lines[0], /^bad-name ModelLayout: the folder "bad name"/);
    assert.match(lines[1], /^four UnsupportedModel/);
    assert.deepEqual(lines.slice(2, 3), ['one sklearn one/model.pickle']);
    assert.match(lines[3], /^three ModelLayout: .*a\.joblib, b\.joblib/);
    assert.deepEqual(lines.slice(4), ['two sklearn two/model.pkl']);
    assert.deepEqual(warnings, ['the folder docs holds no model file and is passed over']);
  });

  it('is of one format where that is declared', async () => {
    put({ 'one/model.pkl': PICKLE, 'two/model.bst': LIGHTGBM });
    const lines = await found({ format: 'sklearn' });
    assert.deepEqual(lines[0], 'one sklearn one/model.pkl');
    assert.match(lines[1], /^two ModelLayout: the declared format is sklearn/);
  });

  it('refuses a sub-folder that is a link out of it', async () => {
    put({ 'one/model.pkl': PICKLE });
    symlinkSync(top, join(root, 'two'));
    const lines = await found();
    assert.match(lines[1], /^two UnsafeModel/);
  });
});

describe("MLServer's settings", () => {
  const SKLEARN = 'mlserver_sklearn.SKLearnModel';

  it('name model, version, runtime and file, from any folder (field case 069)', async () => {
    put({
      'iris/1/model-settings.json': JSON.stringify({
        name: 'iris',
        implementation: SKLEARN,
        parameters: { version: '1' },
      }),
      'iris/1/model.joblib': PICKLE,
      'iris/2/model-settings.json': JSON.stringify({
        name: 'iris',
        implementation: SKLEARN,
        parameters: { version: '2', uri: 'model.joblib' },
      }),
      'iris/2/model.joblib': PICKLE,
      'other/model-settings.json': JSON.stringify({
        name: 'other',
        implementation: SKLEARN,
        parameters: { uri: './files/svm.joblib' },
      }),
      'other/files/svm.joblib': PICKLE,
    });
    const expected = [
      'iris/1 sklearn iris/1/model.joblib',
      'iris/2 sklearn iris/2/model.joblib',
      'other sklearn other/files/svm.joblib',
    ];
    assert.deepEqual(await found(), expected);
    const before = process.cwd();
    try {
      process.chdir(root);
      const here = await discoverModels('.');
      assert.deepEqual(
        here.map((model) => model.path),
        (await discoverModels(root)).map((model) => model.path),
      );
    } finally {
      process.chdir(before);
    }
    const environment = new Map([['MLSERVER_MODEL_URI', '/nowhere']]);
    assert.deepEqual(await found({ environment }), expected);
    const [first] = await discoverModels(root, { environment });
    assert.match(first.warnings.join(), /MLSERVER_MODEL_URI is not used/);
  });

  it('are found deep in the tree, without going round through links', async () => {
    put({
      'a/b/c/model-settings.json': JSON.stringify({ name: 'deep', implementation: SKLEARN }),
      'a/b/c/model.joblib': PICKLE,
    });
    symlinkSync(root, join(root, 'a/b/round'));
    assert.deepEqual(await found(), ['deep sklearn a/b/c/model.joblib']);
  });

  it('prefer well-known names, and the file over the environment', async () => {
    put({
      'model-settings.json': JSON.stringify({ name: 'iris', implementation: SKLEARN }),
      'model.joblib': PICKLE,
      'scaler.joblib': PICKLE,
    });
    const environment = new Map([['MLSERVER_MODEL_NAME', 'env']]);
    assert.deepEqual(await found({ environment }), ['iris sklearn model.joblib']);
    put({ 'model-settings.json': '{}' });
    rmSync(join(root, 'scaler.joblib'));
    const filled = new Map([...environment, ['MLSERVER_MODEL_IMPLEMENTATION', SKLEARN]]);
    assert.deepEqual(await found({ environment: filled, format: 'sklearn' }), ['env sklearn model.joblib']);
  });

  it('are refused for Python, a way out, a missing file, and what is no settings file', async () => {
    for (const [settings, expected] of [
      [{ implementation: 'my.Model' }, /UnsupportedModel: the implementation my\.Model/],
      [{ parameters: { uri: '../../secret.joblib' } }, /UnsafeModel|leads to nothing/],
      [{ parameters: { uri: '/etc/hostname' } }, /UnsafeModel: .*leads out of the served folder/],
      [{ parameters: { uri: 'nope.joblib' } }, /ModelUnreadable: .*"nope\.joblib" leads to nothing/],
      [{ name: '../x' }, /ModelLayout: .*can not be a model's name/],
      [{ parameters: 3 }, /ModelLayout: model-settings\.json: parameters must be a JSON object/],
      [{ name: 3 }, /name must be text/],
      [{ inputs: [{ name: 'x', datatype: 'FP31' }] }, /inputs\[0\]\.datatype/],
      [{ inputs: [{ name: 'x', datatype: 'FP32', shape: [0.5] }] }, /inputs\[0\]\.shape/],
    ] as const) {
      put({ 'model-settings.json': JSON.stringify(settings), 'model.joblib': PICKLE });
      assert.match(await theProblem(), expected);
    }
    put({ 'model-settings.json': '{"name": ' });
    assert.match(await theProblem(), /not valid JSON/);
  });
});

describe("Triton's layout", () => {
  it('serves the latest version, or those that the policy picks', async () => {
    put({
      'm/1/model.onnx': ONNX,
      'm/3/model.onnx': ONNX,
      'm/10/model.onnx': ONNX,
      'm/labels.txt': 'a',
      'm/007/model.onnx': ONNX,
    });
    assert.deepEqual(await found(), ['m/10 onnx m/10/model.onnx']);
    put({ 'm/config.pbtxt': 'name: "m"' });
    assert.deepEqual(await found(), ['m/10 onnx m/10/model.onnx']);
    put({ 'm/config.pbtxt': 'version_policy { latest { num_versions: 2 } }' });
    assert.deepEqual(await found(), ['m/3 onnx m/3/model.onnx', 'm/10 onnx m/10/model.onnx']);
    put({ 'm/config.pbtxt': 'version_policy: { all {} }' });
    assert.equal((await found()).length, 3);
    put({ 'm/config.pbtxt': 'version_policy { specific { versions: [1, 3] } }' });
    assert.deepEqual(await found(), ['m/1 onnx m/1/model.onnx', 'm/3 onnx m/3/model.onnx']);
    put({ 'm/config.pbtxt': 'version_policy { specific { versions: 5 } }' });
    assert.match(await theProblem(), /version_policy picks none/);
  });

  it('takes the model folder itself, and another file name', async () => {
    put({ '1/net.onnx': ONNX, 'config.pbtxt': 'default_model_filename: "net.onnx"' });
    assert.deepEqual(await found(), ['root/1 onnx 1/net.onnx']);
    put({ 'config.pbtxt': 'default_model_filename: "other.onnx"' });
    assert.match(await theProblem(), /version 1 has no file other\.onnx/);
    put({ 'config.pbtxt': 'default_model_filename: "../net.onnx"' });
    assert.match(await theProblem(), /UnsafeModel/);
  });

  it("takes a folder of the file's name, which keeps external data together", async () => {
    put({ 'm/1/model.onnx/model.onnx': ONNX, 'm/1/model.onnx/weights.bin': 'x' });
    assert.deepEqual(await found(), ['m/1 onnx m/1/model.onnx/model.onnx']);
  });

  it('serves every version of other formats', async () => {
    put({ 'm/1/model.joblib': PICKLE, 'm/2/model.joblib': PICKLE });
    assert.deepEqual(await found(), ['m/1 sklearn m/1/model.joblib', 'm/2 sklearn m/2/model.joblib']);
  });

  it('refuses other backends, another name, and no version', async () => {
    put({ 'm/1/model.py': 'x', 'm/config.pbtxt': 'backend: "python"' });
    assert.match(await theProblem(), /^m UnsupportedModel: the backend "python"/);
    put({ 'm/config.pbtxt': 'name: "n"' });
    assert.match(await theProblem(), /name "n" but the folder is "m"/);
    rmSync(join(root, 'm/1'), { recursive: true });
    put({ 'm/config.pbtxt': '' });
    assert.match(await theProblem(), /no version folder/);
  });
});

it('refuses one name in two places', async () => {
  const settings = JSON.stringify({ name: 'same', implementation: 'mlserver_sklearn.SKLearnModel' });
  put({
    'a/model-settings.json': settings,
    'a/model.joblib': PICKLE,
    'b/model-settings.json': settings,
    'b/model.joblib': PICKLE,
  });
  assert.match(
    await theProblem(),
    /^same ModelLayout: two places hold a model "same".*a\/model\.joblib, b\/model\.joblib/,
  );
});
