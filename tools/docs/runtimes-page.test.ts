/** docs/runtimes.md has a row for all that KServe installs, and ticks only what was proved. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUILT_IN_RUNTIMES } from '@berth/api';
import { readClaims } from '../../conformance/results/serving.ts';
import { checkedVersions } from './checked-versions.ts';
import { RUNTIME_ROWS } from './runtime-rows.ts';
import { runtimesText } from './runtimes-page.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const claims = readClaims();
const versions = await checkedVersions();
const page = runtimesText(claims, versions);

test('each built-in runtime and each of its formats stands in one row', () => {
  const wanted = BUILT_IN_RUNTIMES.flatMap(({ metadata, spec }) =>
    [...new Set((spec.supportedModelFormats ?? []).map(({ name }) => name))].map(
      (format) => `${metadata.name} ${format}`,
    ),
  );
  const rows = RUNTIME_ROWS.filter(({ runtime }) => runtime !== 'custom');
  const given = rows.flatMap(({ runtime, formats }) => formats.map((format) => `${runtime} ${format}`));
  assert.deepEqual(given.sort(), wanted.sort());
});

test('every claim reaches a row, so that none is lost without a word', () => {
  for (const { runtime, format } of Object.values(claims).flat()) {
    assert.ok(
      RUNTIME_ROWS.some((row) => row.runtime === runtime && row.formats.includes(format)),
      `${runtime} ${format} has no row`,
    );
  }
});

test('a tick needs a proof of each format of its row', () => {
  const row = (text: string) => text.split('\n').find((line) => line.startsWith('| Predictive ModelServer'));
  assert.match(row(page) ?? '', /✓ v1, ✓ v2 \| ✓ v2/);
  const without = Object.fromEntries(
    Object.entries(claims).map(([part, proofs]) => [
      part,
      proofs.filter(
        (proof) =>
          !(proof.runtime === 'kserve-predictiveserver' && proof.format === 'xgboost' && proof.transport === 'gRPC'),
      ),
    ]),
  );
  assert.match(row(runtimesText(without, versions)) ?? '', /✓ v1, ✓ v2 \| – \|/);
  assert.doesNotMatch(runtimesText({}, versions), /\| (✓|.*\.\.\/examples)/);
});

test('the examples that the page links to exist, folders too', () => {
  const links = [...page.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path]) => path);
  assert.ok(links.length > 6);
  for (const path of links) assert.ok(existsSync(join(ROOT, path)), path);
});

test('releases come from the golden models, oldest first', () => {
  const known = versions.get('sklearn')?.versions ?? [];
  assert.ok(
    known.length > 5 && known.indexOf('0.24.2') > 0 && known.indexOf('0.24.2') < known.indexOf('1.0.2'),
    known.join(),
  );
  assert.ok((versions.get('xgboost')?.versions ?? []).includes('0.90'));
});
