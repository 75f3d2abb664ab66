import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseManifests } from '../manifest/parse-manifests.ts';
import { MAX_DOCUMENT_BYTES, parseYaml } from './parse.ts';

describe('hostile YAML', () => {
  const aliases = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
    .map((name, index) => `${name}: &${name} [${new Array(10).fill(`*${'abcdefghij'[index]}`).join(',')}]`)
    .join('\n')}\n`;
  const cases: [string, string, RegExp][] = [
    ['an alias bomb', aliases, /aliases|values/],
    ['an alias to itself', 'a: &a [*a]\n', /deep|alias/i],
    ['20,000 levels of lists', '['.repeat(20_000), /nested too deeply/],
    ['very many documents', '---\na: 1\n'.repeat(10_001), /10001 documents/],
    ['a merge with no map', '<<: [*x]\n', /[Mm]erge sources must be maps/],
    [
      '200 levels of maps',
      `${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')} 1\n`,
      /100 levels/,
    ],
    ['a document over 3 MiB', `a: ${'x'.repeat(MAX_DOCUMENT_BYTES)}`, /3 MiB/],
    ['a map as a key', '? {a: b}\n: c\n', /key/],
  ];
  for (const [name, text, message] of cases) {
    test(name, () => {
      const { documents, issues } = parseYaml(text);
      assert.deepEqual(documents, []);
      assert.ok(
        issues.some((issue) => message.test(issue.message)),
        JSON.stringify(issues.slice(0, 3)),
      );
    });
  }

  test('a text full of errors is told by the first of them, and never by an error of our own', () => {
    for (const text of ['['.repeat(20_000), '}\n'.repeat(5000), '"\n'.repeat(5000)]) {
      const { issues } = parseYaml(text);
      assert.ok(issues.length >= 1 && issues.length <= 20, String(issues.length));
      assert.ok(!issues.some((issue) => /call stack/.test(issue.message)));
    }
  });

  test('many small documents may be more than 3 MiB together', () => {
    const text = `a: ${'x'.repeat(1_000_000)}\n---\n`.repeat(4);
    assert.equal(parseYaml(text).documents.length, 4);
  });

  test('a key __proto__ is an ordinary key', () => {
    const { documents } = parseYaml('__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: 1}}\n');
    assert.deepEqual(Object.keys(documents[0]?.value as object), ['__proto__', 'constructor']);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    parseManifests(
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a, __proto__: {x: 1}, labels: {__proto__: b}}\n__proto__: {}\n',
    );
    assert.equal(({} as { x?: unknown }).x, undefined);
  });
});

describe('a document of very many mistakes is answered all the same', () => {
  const many = (line: (index: number) => string) => Array.from({ length: 20_000 }, (_, index) => line(index)).join('');
  const head = 'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: a\n';
  const cases: [string, string][] = [
    ['unknown fields', `${head}spec:\n  predictor:\n${many((index) => `    field${index}: 1\n`)}`],
    ['unknown parts', `${head}spec:\n${many((index) => `  part${index}: 1\n`)}`],
    [
      'wrong annotations',
      `${head}  annotations:\n${many((index) => `    serving.kserve.org/k${index}: 1\n`)}spec: {}\n`,
    ],
    [
      'wrong env values',
      `${head}spec:\n  predictor:\n    sklearn:\n      env:\n${many((index) => `      - {name: v${index}, value: 1}\n`)}`,
    ],
    ['duplicate keys', `${head}spec:\n${many(() => '  predictor: 1\n')}`],
  ];
  for (const [name, text] of cases) {
    test(name, () => {
      const { issues, resources } = parseManifests(text);
      assert.ok(issues.some((issue) => issue.severity === 'error'));
      assert.ok(issues.length <= 201, String(issues.length));
      assert.deepEqual(resources, []);
    });
  }
});

test('values are read as kubectl reads them', () => {
  const text = 'a: yes\nb: 12:30\nc: 2024-01-01\nd: 0x10\ne: 1_000\nf: "no"\ng: ~\nh: 0o17\non: 1\n';
  const value = parseYaml(text).documents[0]?.value as Record<string, unknown>;
  assert.deepEqual(value, { a: true, b: '12:30', c: '2024-01-01', d: 16, e: 1000, f: 'no', g: null, h: '0o17', on: 1 });
});

test('a key that stands twice is reported with both lines', () => {
  const { issues } = parseYaml('a:\n  b: 1\n  c: 2\n  b: 3\n', 'x.yaml');
  assert.deepEqual(
    issues.map(({ line, column, path, file, message }) => ({ line, column, path, file, message })),
    [{ line: 4, column: 3, path: 'a.b', file: 'x.yaml', message: 'the key "b" stands twice; the first is on line 2' }],
  );
});

const yamlish = fc.array(
  fc.constantFrom(
    'a',
    'metadata',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '&x',
    '*x',
    '<<',
    '|',
    '>',
    '---\n',
    '#',
    '!',
    '%',
    '\t',
    '?',
    '@',
    '0',
    'yes',
    '~',
    '\u2028',
    '__proto__',
  ),
  { maxLength: 60 },
);

test('no text makes the reader throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        yamlish.map((parts) => parts.join('')),
      ),
      (text) => {
        parseManifests(text);
        parseManifests(
          `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n  name: a\nspec:\n  ${text}`,
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('no object makes validation throw, whatever its kind', () => {
  const kinds = fc.constantFrom(
    'InferenceService',
    'ServingRuntime',
    'ClusterServingRuntime',
    'Secret',
    'InferenceGraph',
    'TrainedModel',
  );
  const names = fc.constantFrom(
    'predictor',
    'model',
    'sklearn',
    'containers',
    'env',
    'name',
    'canary',
    'storageUris',
    'logger',
    'modelFormat',
    'transformer',
    'resources',
    'limits',
    'workerSpec',
    'metrics',
    'autoScaling',
    'supportedModelFormats',
    'stringData',
    '__proto__',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, '', 'x', 0, -1, 1.5, true, [], {}),
      fc.dictionary(names, tie('tree'), { maxKeys: 5 }),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }));
  fc.assert(
    fc.property(kinds, tree, tree, (kind, spec, metadata) => {
      const group =
        kind === 'Secret'
          ? 'v1'
          : kind === 'InferenceService'
            ? 'serving.kserve.io/v1beta1'
            : 'serving.kserve.io/v1alpha1';
      const named = typeof metadata === 'object' && metadata !== null ? { name: 'a', ...metadata } : metadata;
      parseManifests(JSON.stringify({ apiVersion: group, kind, metadata: named, spec }));
      parseManifests(JSON.stringify({ apiVersion: group, kind, metadata: { name: 'a' }, spec }));
    }),
    { numRuns: 500 },
  );
});
