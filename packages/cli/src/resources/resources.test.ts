import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KINDS } from '@berth/api';
import { CommandError } from '../terminal/exit-codes.ts';
import { age } from './age.ts';
import { eventRows, isAbout } from './event-rows.ts';
import { alignColumns, tableRows } from './print-table.ts';
import { kindNamed, pathOf, shownName } from './resource-types.ts';
import { targetsOf } from './targets.ts';

describe('resource types', () => {
  test('every name of a kind leads to it, in any case', () => {
    for (const info of KINDS) {
      for (const name of [info.plural, info.singular, info.kind, ...info.shortNames]) {
        assert.equal(kindNamed(name).kind, info.kind, name);
      }
    }
    assert.equal(kindNamed('inferenceservices.serving.kserve.io').kind, 'InferenceService');
    assert.equal(kindNamed('inferenceservices.v1beta1.serving.kserve.io').kind, 'InferenceService');
  });
  test('a typo is told what was meant', () => {
    assert.throws(
      () => kindNamed('inferenceservce'),
      (error) => error instanceof CommandError && /inferenceservice/.test(error.hint ?? ''),
    );
    assert.throws(() => kindNamed('__proto__'), CommandError);
  });
  test('paths are those of Kubernetes, with names encoded', () => {
    const isvc = kindNamed('isvc');
    assert.equal(
      pathOf(isvc, 'team', 'a/b'),
      '/apis/serving.kserve.io/v1beta1/namespaces/team/inferenceservices/a%2Fb',
    );
    assert.equal(pathOf(isvc, undefined), '/apis/serving.kserve.io/v1beta1/inferenceservices');
    assert.equal(pathOf(kindNamed('secret'), 'team'), '/api/v1/namespaces/team/secrets');
    assert.equal(pathOf(kindNamed('ns'), 'team', 'x'), '/api/v1/namespaces/x');
    assert.equal(shownName(isvc, 'iris'), 'inferenceservice.serving.kserve.io/iris');
  });
});

describe('what a command line names', () => {
  const names = (words: string[]) => targetsOf(words).map(({ info, name }) => [info.kind, name]);
  test('nothing is every service; a name alone is a service', () => {
    assert.deepEqual(names([]), [['InferenceService', undefined]]);
    assert.deepEqual(names(['iris']), [['InferenceService', 'iris']]);
  });
  test('types, names, and both', () => {
    assert.deepEqual(names(['isvc,pods']), [
      ['InferenceService', undefined],
      ['Pod', undefined],
    ]);
    assert.deepEqual(names(['isvc', 'a', 'b']), [
      ['InferenceService', 'a'],
      ['InferenceService', 'b'],
    ]);
    assert.deepEqual(names(['isvc/a', 'pod/b']), [
      ['InferenceService', 'a'],
      ['Pod', 'b'],
    ]);
  });
  test('what can not be meant is refused', () => {
    for (const words of [['isvc,pods', 'a'], ['isvc/a/b'], ['isvc/'], ['nonsense', 'a'], ['isvc/a', 'b']]) {
      assert.throws(() => targetsOf(words), CommandError, words.join(' '));
    }
  });
});

test('ages are written as kubectl writes them', () => {
  const now = new Date('2026-06-01T00:00:00Z');
  const cases: [number, string][] = [
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [200, '3m20s'],
    [600, '10m'],
    [3 * 3600 - 1, '179m'],
    [3 * 3600 + 60, '3h1m'],
    [8 * 3600, '8h'],
    [48 * 3600, '2d'],
    [50 * 3600, '2d2h'],
    [8 * 86_400, '8d'],
    [729 * 86_400, '729d'],
    [3 * 365 * 86_400 + 86_400, '3y1d'],
    [9 * 365 * 86_400, '9y'],
  ];
  for (const [seconds, text] of cases) {
    assert.equal(age(new Date(now.getTime() - seconds * 1000).toISOString(), now), text);
  }
  assert.equal(age(undefined, now), '<unknown>');
  assert.equal(age('2026-06-01T00:00:05Z', now), '0s');
});

describe('tables', () => {
  const table = {
    columnDefinitions: [{ name: 'Name' }, { name: 'Ready' }, { name: 'Node', priority: 1 }],
    rows: [
      { cells: ['iris', true, 'here'], object: { metadata: { namespace: 'team' } } },
      { cells: ['a\u001b[31m\nb', null, ''], object: { metadata: { namespace: 'other' } } },
    ],
  };
  const plain = { wide: false, headers: true, namespaces: false };
  test('columns of low priority are for wide only', () => {
    assert.deepEqual(tableRows(table, plain)[0], ['NAME', 'READY']);
    assert.deepEqual(tableRows(table, { ...plain, wide: true })[1], ['iris', 'true', 'here']);
  });
  test('namespaces, prefixes, no headers', () => {
    assert.deepEqual(tableRows(table, { ...plain, headers: false, namespaces: true, prefix: 'isvc' })[0], [
      'team',
      'isvc/iris',
      'true',
    ]);
  });
  test('a cell can not move the cursor or break the line', () => {
    assert.deepEqual(tableRows(table, plain)[2], ['a\u{fffd}[31m b', '']);
  });
  test('columns line up, also over several calls', () => {
    const widths: number[] = [];
    assert.equal(
      alignColumns(
        [
          ['A', 'B'],
          ['long', 'x'],
        ],
        widths,
      ),
      'A      B\nlong   x\n',
    );
    assert.equal(alignColumns([['y', 'z']], widths), 'y      z\n');
  });
});

test('an event is about a service, its revisions and its pods, and of no other with a longer name', () => {
  const about = (kind: string, name: string) =>
    isAbout({ metadata: { name: 'e' }, involvedObject: { kind, name } }, 'iris');
  assert.ok(about('InferenceService', 'iris'));
  assert.ok(about('Pod', 'iris-predictor-00001-abc'));
  assert.ok(!about('InferenceService', 'iris-2'));
  assert.ok(!about('Pod', 'other'));
  const [, row] = eventRows(
    [
      {
        metadata: { name: 'e' },
        type: 'Warning',
        reason: 'X',
        message: 'a\nb',
        count: 3,
        lastTimestamp: '2026-01-01T00:00:00Z',
      },
    ],
    new Date('2026-01-01T00:00:09Z'),
  );
  assert.deepEqual(row, ['9s (x3)', 'Warning', 'X', '/', 'a ⏎ b']);
});
