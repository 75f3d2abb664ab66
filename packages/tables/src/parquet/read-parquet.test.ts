import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileOf, readAll } from '../testing.ts';

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.parquet`);

for (const codec of ['snappy', 'zstd', 'gzip', 'brotli', 'none']) {
  test(`Parquet compressed with ${codec}: row groups one after the other`, async () => {
    const { columns, cells, rowNumbers } = await readAll(fixture(codec), { keepText: ['id'] });
    assert.deepEqual(columns, ['id', 'x', 'f', 'n', 'flag', 'city', 'day']);
    assert.deepEqual(rowNumbers, [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(cells.id[0], '9007199254740993');
    assert.deepEqual(cells.x, [0.1, NaN, 2.5, 3.5, 4.5, Infinity, 6.5]);
    assert.deepEqual(cells.f, [0, 0.5, 1, 1.5, 2, 2.5, 3]);
    assert.deepEqual(cells.n, [1, NaN, 3, 4, 5, 6, 7]);
    assert.deepEqual(cells.flag, [1, 0, 1, 0, 1, 0, 1]);
    assert.deepEqual(cells.city, ['Köln', undefined, 'Paris', 'Köln', 'Rome', 'Paris', 'Rome']);
    assert.equal(cells.day[6], '2024-01-07T00:00:00.000Z');
  });
}

test('the wanted columns in the order wanted, in small batches', async () => {
  const { cells } = await readAll(fixture('snappy'), { columns: ['f', 'id'] }, 2);
  assert.deepEqual(Object.keys(cells), ['f', 'id']);
  assert.equal(cells.f.length, 7);
});

test('what can not be read is refused in words', async (t) => {
  await assert.rejects(readAll(fixture('nested')), { name: 'TableError', message: /lists or records/ });
  await assert.rejects(readAll(fixture('no-rows')), { name: 'TableError', message: /no rows/ });
  await assert.rejects(readAll(fixture('lz4')), { name: 'TableError', message: /LZ4/ });
  const whole = await readFile(fixture('zstd'));
  for (const length of [4, 8, 100, whole.length - 1]) {
    await assert.rejects(fileOf(t, 'cut.parquet', whole.subarray(0, length)).then(readAll), { name: 'TableError' });
  }
});

test('damaged bytes never end in anything but an answer or a TableError', async (t) => {
  const whole = await readFile(fixture('zstd'));
  for (let at = 4; at < whole.length; at += 13) {
    const bytes = Uint8Array.from(whole);
    bytes[at] ^= 0xff;
    try {
      await readAll(await fileOf(t, 'damaged.parquet', bytes));
    } catch (thrown) {
      assert.equal((thrown as Error).name, 'TableError', String(thrown));
    }
  }
});
