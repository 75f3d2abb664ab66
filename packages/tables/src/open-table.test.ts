import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { openTable } from './open-table.ts';
import { fileOf } from './testing.ts';

const PAGE = '<!DOCTYPE html>\n<html><body>Sign in</body></html>';

for (const [name, content, text, hint] of [
  ['rows.csv', PAGE, /HTML or XML page, not a table/, /download it again/],
  ['rows.jsonl', '  <?xml version="1.0"?><a/>', /HTML or XML page, not a table/, /download it again/],
  ['rows.csv', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /pointer of Git LFS/, /git lfs pull/],
  ['rows.csv', '{"instances": [[1, 2]]}', /called CSV and holds JSON/, /--input-format jsonl/],
  ['rows.csv', '[{"a": 1}, {"a": 2}]', /called CSV and holds JSON/, /--input-format jsonl/],
  ['rows.json', '[\n {"a": 1},\n {"a": 2}]', /one JSON list, not a row a line/, /lines=True/],
  ['rows.jsonl', '[[1, 2], [3, 4]]', /one JSON list, not a row a line/, /jq -c/],
  ['rows.json', '{"instances": [[1, 2]]}', /JSON request, not a table/, /berth predict/],
  ['rows.csv', 'BZh91AY&SY', /compressed/, /bunzip2/],
  ['rows.parquet', 'PAR1', /damaged or cut short/, /write it again/],
  ['rows.parquet', `PAR1${'\0'.repeat(100)}PAR1`, /damaged or cut short/, /write it again/],
] as const) {
  test(`${name} that starts with ${JSON.stringify(content.slice(0, 24))} is refused by what it is`, async (t) => {
    const path = await fileOf(t, name, content);
    await assert.rejects(openTable(path), (thrown: Error & { hint?: string }) => {
      assert.equal(thrown.name, 'TableError');
      assert.match(thrown.message, text);
      assert.match(thrown.hint ?? '', hint);
      return true;
    });
  });
}

test('a pipe to which nobody writes is refused, not waited for', { skip: process.platform === 'win32' }, async (t) => {
  const path = `${await fileOf(t, 'beside', '')}.pipe`;
  execFileSync('mkfifo', [path]);
  await assert.rejects(openTable(path), { name: 'TableError', message: /is a pipe or a device/ });
});

test('a header that only looks like JSON or a page is a header', async (t) => {
  for (const header of ['{a},b', '[x],y', '<b,c']) {
    const table = await openTable(await fileOf(t, 'rows.csv', `${header}\n1,2\n`));
    assert.equal(table.columns?.length, 2, header);
    await table.close();
  }
});
