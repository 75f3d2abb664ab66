/** The page on estimators leaves no class without proof or reason, and claims no more than the golden models show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEWEST_KNOWN } from '../../../packages/formats/src/sklearn/format.ts';
import { lightgbmProof, xgboostProof } from './boosters-proof.ts';
import { readCatalogue } from './catalogue.ts';
import { gatherProof } from './proof.ts';
import { WHY_NOT } from './reasons.ts';
import { sklearnPart } from './sklearn-part.ts';
import { byVersion, minorOf } from './versions.ts';

const catalogue = await readCatalogue();
const proofs = await gatherProof();
const paths = catalogue.estimators.map(({ module, name }) => `${module}.${name}`);

test('every public estimator has an evaluator or a reason, and none has both', () => {
  for (const path of paths) assert.notEqual(proofs.has(path), WHY_NOT.has(path), path);
});

test('every reason is for a public estimator', () => {
  const known = new Set(paths);
  for (const path of WHY_NOT.keys()) assert.ok(known.has(path), path);
});

test('a reason that says which method is missing is right', () => {
  for (const { module, name, methods } of catalogue.estimators) {
    const missing = /it has (?:no|neither) (.*)$/.exec(WHY_NOT.get(`${module}.${name}`) ?? '')?.[1] ?? '';
    for (const [, method] of missing.matchAll(/`(\w+)`/g)) assert.ok(!methods.includes(method), `${name}.${method}`);
  }
});

test('a class is not claimed for releases that did not have it yet', () => {
  for (const { module, name, since } of catalogue.estimators) {
    for (const version of proofs.get(`${module}.${name}`)?.versions ?? []) {
      const [major, minor] = version.split('.').map(Number);
      const [sinceMajor, sinceMinor] = since.split('.').map(Number);
      if (since === catalogue.releases[0]) continue;
      assert.ok(major > sinceMajor || (major === sinceMajor && minor >= sinceMinor), `${name} in ${version}`);
    }
  }
});

test('the newest release that loads without a warning is the newest that the golden models cover', () => {
  const versions = [...proofs]
    .filter(([path]) => path.startsWith('sklearn.'))
    .flatMap(([, proof]) => [...proof.versions]);
  assert.equal(minorOf(versions.sort(byVersion).at(-1) ?? ''), NEWEST_KNOWN.join('.'));
});

test('methods that are compared are methods that the class has', () => {
  // A search or a frozen estimator has what the estimator inside has.
  for (const { module, name, methods } of catalogue.estimators) {
    for (const method of proofs.get(`${module}.${name}`)?.methods ?? []) {
      if (method !== 'get_feature_names_out')
        assert.ok(methods.includes(method) || methods.length === 0, `${name}.${method}`);
    }
  }
});

test('a class whose golden models are gone is no longer called checked', () => {
  const row = /\| Ridge \|.*/;
  assert.match(row.exec(sklearnPart(catalogue, proofs))?.[0] ?? '', /`predict`/);
  const without = new Map(proofs);
  without.set('sklearn.linear_model.Ridge', {
    versions: new Set(),
    own: 0,
    inside: 0,
    methods: new Set(),
    loosest: undefined,
  });
  assert.match(row.exec(sklearnPart(catalogue, without))?.[0] ?? '', /Loads; not checked/);
});

test('each golden booster names an objective and a kind', async () => {
  for (const one of [...(await xgboostProof()), ...(await lightgbmProof())]) {
    assert.match(one.version, /^\d+\.\d+/);
    assert.match(one.kind, /^(gbtree|gblinear|dart|gbdt|goss|rf|linear_tree)$/);
    assert.ok(one.objective.length > 0);
  }
});
