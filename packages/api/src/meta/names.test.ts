import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { KINDS } from '../kinds/kind-info.ts';
import { checkObject } from '../manifest/check-object.ts';
import { nameProblem } from './names.ts';

const TAKEN: readonly (readonly [string, string])[] = [
  ['Secret', 'a.b-c.d'],
  ['Secret', `${'a'.repeat(249)}.b`],
  ['Event', 'iris.17f0a'],
  ['Namespace', 'team-1'],
  ['InferenceService', 'iris-2'],
  ['InferenceGraph', 'model-chainer'],
  ['TrainedModel', 'model1-sklearn'],
  ['TrainedModel', '1-starts-with-a-digit'],
  ['Role', 'system:Reader'],
];
const REFUSED: readonly (readonly [string, string])[] = [
  ['Namespace', 'a.b'],
  ['Namespace', 'a'.repeat(64)],
  ['InferenceService', '1iris'],
  ['InferenceGraph', 'Abc-123'],
  ['InferenceGraph', '4abc-3'],
  ['InferenceGraph', 'abc-3-'],
  ['InferenceGraph', 'abc.123'],
  // KServe's webhook takes the first and Kubernetes refuses it; the second is the other way round.
  ['TrainedModel', 'My_Model'],
  ['TrainedModel', 'a.b'],
  ['Secret', 'a..b'],
  ['Secret', 'A'],
  ['Role', 'a/b'],
  ['Role', 'a%2fb'],
];
/** No kind takes these: they would not stay one segment of a path. */
const HOSTILE = ['.', '..', 'x/../../../../victim', '../x', 'a/b', 'a\\b', 'a%2e', 'a\0b', 'a\nb', '', '/', '-a', 'é'];

describe('names as Kubernetes and KServe take them', () => {
  for (const [kind, name] of TAKEN) {
    test(`${kind} ${name.slice(0, 40)}`, () => assert.equal(nameProblem(kind, name), undefined));
  }
  for (const [kind, name] of REFUSED) {
    test(`no ${kind} is named ${name.slice(0, 40)}`, () => assert.match(nameProblem(kind, name) ?? '', /'/));
  }

  for (const { kind, group, version } of KINDS) {
    test(`no hostile name for a ${kind}`, () => {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      for (const name of HOSTILE) {
        const issues = checkObject({ apiVersion, kind, metadata: { name, namespace: 'default' } }, { strict: false });
        const told = issues.find(({ path, severity }) => severity === 'error' && path.startsWith('metadata'));
        assert.ok(told !== undefined, JSON.stringify(name));
      }
    });
  }

  test('whatever passes is one segment of a path', () => {
    const kinds = fc.constantFrom(...KINDS.map(({ kind }) => kind), 'Role', 'Unheard');
    const names = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'ab1.-_/\\%A:\n\0') }));
    fc.assert(
      fc.property(kinds, names, (kind, name) => {
        if (nameProblem(kind, name) !== undefined) return;
        assert.equal(posix.join('/a', name, 'b'), `/a/${name}/b`);
        assert.equal(posix.dirname(posix.join('/a', name)), '/a');
      }),
    );
  });
});
