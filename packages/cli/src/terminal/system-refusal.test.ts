import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemRefusal } from './system-refusal.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
}

test('what the file system refuses is told in words, with its code', () => {
  const file = import.meta.filename;
  for (const [work, code, text] of [
    [() => mkdirSync(file), 'FileNotWritable', /can not be written: a file of that name is there/],
    [() => mkdirSync(`${file}/x`), 'FileNotWritable', /can not be written: a file is where a folder should be/],
    [() => readFileSync(`${file}.none`), 'FileUnreadable', /can not be used: it is not there/],
  ] as const) {
    const refusal = systemRefusal(thrownBy(work));
    assert.equal(refusal?.code, code);
    assert.match(refusal?.message ?? '', text);
    assert.match(refusal?.message ?? '', /system-refusal\.test\.ts/);
  }
});

test('our own faults stay what they are', () => {
  for (const thrown of [
    new TypeError('x'),
    'text',
    undefined,
    Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' }),
  ]) {
    assert.equal(systemRefusal(thrown), undefined);
  }
});
