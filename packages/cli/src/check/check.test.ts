import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { inferenceServices, parseManifests } from '@berth/api';
import fc from 'fast-check';
import { fakeIo } from '../../test/fake-io.ts';
import { main } from '../main.ts';
import { fieldSteps } from './field-place.ts';
import { makeReport } from './make-report.ts';
import { reportText } from './report-text.ts';

/** Each YAML has its report beside it; `UPDATE_GOLDEN=1` writes them anew, for a person to read. */
const GOLDEN = join(import.meta.dirname, 'golden');
const FIELD = join(import.meta.dirname, '..', '..', 'fixtures', 'field');
const files = globSync('*.yaml', { cwd: GOLDEN }).sort();

async function check(args: string[], options: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo({ cwd: GOLDEN, ...options });
  const code = await main(['check', ...args], io);
  return { code, ...io.written };
}

describe('what people write, by topic', () => {
  for (const file of files) {
    test(basename(file, '.yaml'), () => {
      const text = readFileSync(join(GOLDEN, file), 'utf8');
      const { report } = makeReport(new Map([[file, text]]), {});
      const target = join(GOLDEN, file.replace('.yaml', '.json'));
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(target, `${JSON.stringify(report, null, 1)}\n`);
      assert.deepEqual(JSON.parse(JSON.stringify(report)), JSON.parse(readFileSync(target, 'utf8')));
      // What a person says of each service, in a label of its own.
      const expected = new Map(
        inferenceServices(parseManifests(text).resources).map((one) => [
          one.metadata.name,
          one.metadata.labels?.verdict ?? '(no label)',
        ]),
      );
      for (const { name, verdict } of report.services) assert.equal(verdict, expected.get(name) ?? 'invalid', name);
      // Every place is one where the field's last word stands.
      const lines = text.split('\n');
      for (const one of report.services.flatMap((service) => service.notHonoured)) {
        const word = fieldSteps(one.field).findLast((step) => typeof step === 'string') as string;
        const at = lines[(one.line ?? 0) - 1]?.slice((one.column ?? 0) - 1) ?? '';
        const isListItem = typeof fieldSteps(one.field).at(-1) === 'number';
        assert.ok(isListItem || at.startsWith(word), `${one.field} at ${file}:${one.line}:${one.column}: ${at}`);
      }
      assert.ok(!JSON.stringify(report).includes('planted'), 'no value of a Secret');
      assert.ok(reportText(report).endsWith(`${report.summary.text}\n`));
    });
  }
});

describe('berth check', () => {
  test('exits with 0 where everything runs natively, or is allowed', async () => {
    assert.equal((await check(['-f', 'pods.yaml'])).code, 0);
    assert.equal((await check(['-f', 'runtimes.yaml'])).code, 1);
    assert.equal((await check(['-f', 'runtimes.yaml', '--allow', 'needs-image,needs-library'])).code, 1);
    const all = ['--allow', 'needs-image,needs-library', '--allow', 'cannot-run'];
    assert.equal((await check(['-f', 'runtimes.yaml', ...all])).code, 0);
  });
  test('exits with 3 for invalid YAML and still tells of the rest', async () => {
    const { code, out, err } = await check(['-f', 'invalid.yaml', '--allow', 'cannot-run']);
    assert.equal(code, 3);
    assert.match(out, /^fine +default +kserve-sklearnserver +native$/m);
    assert.match(out, /^7 services: 1 runs natively, 6 are invalid$/m);
    assert.match(err, /error: unknown field "spec\.predictor\.sklearn\.storageURI"\n {2}at invalid\.yaml:4:30/);
    assert.equal((await check(['-f', '-'], { input: 'a: [1' })).code, 3);
  });
  test('reads folders, below too where that is asked for', async () => {
    const { code, out } = await check(['-f', FIELD], {});
    assert.equal(code, 4, out);
    const deep = await check(['-R', '-f', FIELD, '-q']);
    assert.match(deep.out, /^\d\d+ services: \d+ run natively/);
    assert.equal(deep.out.split('\n').length, 2);
  });
  test('takes several files, each service by itself', async () => {
    const { out } = await check(['-f', 'tabular.yaml', '-f', 'tabular.yaml', '-f', 'triton.yaml', '-o', 'json']);
    assert.equal(JSON.parse(out).summary.services, 14);
    const copy = readFileSync(join(GOLDEN, 'tabular.yaml'), 'utf8');
    const { report } = makeReport(
      new Map([
        ['a.yaml', copy],
        ['b.yaml', copy],
      ]),
      {},
    );
    assert.equal(report.services.length, 14);
    assert.equal(report.summary.invalid, 0);
  });
  test('prints YAML that is read back', async () => {
    const { out } = await check(['-f', 'traffic.yaml', '-o', 'yaml']);
    const { parseYaml } = await import('@berth/api');
    const json = JSON.parse((await check(['-f', 'traffic.yaml', '-o', 'json'])).out);
    assert.deepEqual(JSON.parse(JSON.stringify(parseYaml(out).documents[0]?.value)), json);
  });
  test('looks into models of this machine on request, without running them', async () => {
    const at = (uri: string) =>
      `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: {predictor: {sklearn: {storageUri: ${uri}}}}\n`;
    const cwd = join(FIELD, '005-v2-body-on-v1-path');
    const fine = await check(['-f', '-', '--inspect-models', '-o', 'json'], { input: at('./model'), cwd });
    const [service] = JSON.parse(fine.out).services;
    assert.equal(service.verdict, 'native');
    assert.deepEqual(service.predictors[0].unknown, []);
    const input = at('./nowhere.joblib');
    const { code, out } = await check(['-f', '-', '--inspect-models', '-o', 'json'], { input });
    assert.equal(code, 1);
    const [gone] = JSON.parse(out).services;
    assert.equal(gone.verdict, 'cannot-run');
    assert.match(gone.predictors[0].message, /nowhere\.joblib/);
    assert.equal((await check(['-f', '-'], { input })).code, 0);
  });
  test('says what it does not take', async () => {
    assert.match((await check([])).err, /kubectl get isvc -A -o yaml \| berth check -f -/);
    assert.match((await check(['-f', 'pods.yaml', '--allow', 'needs-imgae'])).err, /not "needs-imgae"/);
    assert.match((await check(['-f', 'pods.yaml', '-o', 'xml'])).err, /table, json and yaml/);
    assert.match(
      (await check(['-f', '-'], { input: 'apiVersion: v1\nkind: List\nitems: []\n' })).err,
      /no InferenceService/,
    );
  });
  test('an export of a thousand services is one document', async () => {
    const item = (name: string) =>
      `- apiVersion: serving.kserve.io/v1beta1\n  kind: InferenceService\n  metadata: {name: ${name}, annotations: {note: "${'x'.repeat(4000)}"}}\n  spec: {predictor: {sklearn: {storageUri: "s3://m/x"}}}\n`;
    const items = Array.from({ length: 1000 }, (_, index) => item(`s${index}`)).join('');
    const { code, out } = await check(['-f', '-', '-q'], { input: `apiVersion: v1\nkind: List\nitems:\n${items}` });
    assert.equal(out, '1000 services: 1000 run natively\n');
    assert.equal(code, 0);
  });
  test('no text makes it throw or print a control character', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'spec',
        'predictor',
        'model',
        'kind',
        'InferenceService',
        'containers',
        'canary',
        'metadata',
        'name',
      ),
      fc.string({ maxLength: 8 }),
      fc.constant('\u001b[31m'),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        word,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (spec, metadata) => {
        const object = { apiVersion: 'serving.kserve.io/v1beta1', kind: 'InferenceService', metadata, spec };
        const named = { ...object, metadata: { name: 'a' }, spec: { predictor: spec } };
        for (const one of [object, named, spec]) {
          const { report } = makeReport(new Map([['a.json', JSON.stringify(one)]]), {});
          assert.doesNotMatch(reportText(report), /[^\P{Cc}\n]/u);
        }
      }),
      { numRuns: 300 },
    );
  });
});
