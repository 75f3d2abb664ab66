/** The record of what was proved: whole, in a fixed order, and one part's run leaves the others' proofs alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { services } from '../runtimes/services.ts';
import { fileText, lacking, type Proof, readClaims, settle, withPart } from './serving.ts';

const proof = (runtime: string, transport: 'HTTP' | 'gRPC' = 'HTTP'): Proof => ({
  runtime,
  format: 'sklearn',
  protocol: 'v2',
  transport,
  check: 'a check',
});

test('a part replaces its own proofs only, in an order that does not depend on the run', () => {
  const before = { other: [proof('x')], mine: [proof('a'), proof('b')] };
  const after = withPart(before, 'mine', [proof('c', 'gRPC'), proof('c'), proof('a')]);
  assert.deepEqual(after, { mine: [proof('a'), proof('c'), proof('c', 'gRPC')], other: [proof('x')] });
  assert.deepEqual(Object.keys(after), ['mine', 'other']);
  assert.deepEqual(withPart(after, 'mine', []), { other: [proof('x')] });
});

test('a claim that a run did not prove is found, by any of its facts', () => {
  assert.deepEqual(lacking([proof('a'), proof('a', 'gRPC')], [proof('a')]), [proof('a', 'gRPC')]);
  assert.deepEqual(lacking([proof('a')], [{ ...proof('a'), check: 'another check' }]), [proof('a')]);
  assert.deepEqual(lacking([proof('a')], [proof('a'), proof('b')]), []);
});

test('a run that proves less fails and says how to update; only an update writes, and only its own part', () => {
  const folder = mkdtempSync(join(tmpdir(), 'serving-'));
  const file = join(folder, 'serving.json');
  try {
    writeFileSync(file, fileText({ mine: [proof('a'), proof('b')], other: [proof('x')] }));
    const before = readFileSync(file, 'utf8');
    assert.deepEqual(settle('mine', [proof('a'), proof('b'), proof('c')], false, file), []);
    const problems = settle('mine', [proof('a')], false, file);
    assert.equal(problems.length, 1);
    assert.match(problems[0], /did not prove: b serves sklearn by v2 over HTTP.*conformance -- mine --update/);
    assert.equal(readFileSync(file, 'utf8'), before);
    assert.deepEqual(settle('mine', [proof('a')], true, file), []);
    assert.deepEqual(readClaims(file), { mine: [proof('a')], other: [proof('x')] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('serving.json is as the conformance part writes it', () => {
  const claims = readClaims();
  const sorted = Object.entries(claims).reduce((all, [part, proofs]) => withPart(all, part, proofs), {});
  assert.equal(readFileSync(join(import.meta.dirname, 'serving.json'), 'utf8'), fileText(sorted));
});

test('every runtime with a format that Berth evaluates has a proof, and beside custom servers nothing else is claimed', () => {
  const ofRuntimes = (readClaims().runtimes ?? []).filter(({ runtime }) => runtime !== 'custom');
  const claimed = new Set(ofRuntimes.map(({ runtime, format }) => `${runtime} ${format}`));
  assert.deepEqual(
    [...claimed].sort(),
    services()
      .map(({ runtime, format }) => `${runtime} ${format}`)
      .sort(),
  );
});
