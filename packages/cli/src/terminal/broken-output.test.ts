import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { guardOutput } from './broken-output.ts';

for (const [code, exit, said] of [
  ['EPIPE', 141, /^$/],
  ['ENOSPC', 1, /^error: the output can not be written: no space is left on the disk\n {2}code: FileNotWritable/],
  ['EIO', 1, /EIO/],
] as const) {
  test(`an output that fails with ${code} ends the process with ${exit}`, () => {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const exits: number[] = [];
    guardOutput(out, err, (number) => exits.push(number));
    out.emit('error', Object.assign(new Error(code), { code }));
    assert.deepEqual(exits, [exit]);
    assert.match(String(err.read() ?? ''), said);
  });
}
