import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readExternalData } from './external-data.ts';
import { onnxFormat } from './format.ts';
import { externalTensor, messageAttribute, type TestNode, writeGraph, writeModel } from './testing/write-model.ts';
import { MessageWriter } from './wire.ts';

let root: string;
let model: string;
before(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-external-'));
  model = join(root, 'model');
  mkdirSync(join(model, 'sub'), { recursive: true });
  mkdirSync(join(root, 'outside'));
  const floats = Buffer.from(new Float32Array([7.5, 7.5, 7.5, 7.5]).buffer);
  for (const path of [
    join(root, 'secret.bin'),
    join(root, 'outside', 'x.bin'),
    join(model, 'good.bin'),
    join(model, 'sub', 'good.bin'),
  ]) {
    writeFileSync(path, floats);
  }
  symlinkSync(join(root, 'secret.bin'), join(model, 'link.bin'));
  symlinkSync(join(root, 'outside'), join(model, 'parent'));
  symlinkSync(join(model, 'good.bin'), join(model, 'inner-link.bin'));
  linkSync(join(root, 'secret.bin'), join(model, 'hard.bin'));
});
after(() => rmSync(root, { recursive: true, force: true }));

const add: TestNode = { op: 'Add', inputs: ['x', 'w'], outputs: ['y'] };
/** A SparseTensorProto whose values lie elsewhere. */
const sparse = (tensor: MessageWriter) => new MessageWriter().message(1, tensor).varint(3, 4);

/** The four places of a model that may carry data kept elsewhere. */
const CARRIERS: ReadonlyMap<string, (location: string) => Uint8Array> = new Map([
  [
    'initializer',
    (location: string) => writeModel(writeGraph([add], (graph) => graph.message(5, externalTensor('w', location)))),
  ],
  [
    'Constant value',
    (location: string) => {
      const value = messageAttribute('value', 5, 4, externalTensor('', location));
      return writeModel(writeGraph([{ op: 'Constant', inputs: [], outputs: ['w'], attributes: [value] }, add]));
    },
  ],
  [
    'Constant sparse_value',
    (location: string) => {
      const value = messageAttribute('sparse_value', 22, 11, sparse(externalTensor('', location)));
      return writeModel(writeGraph([{ op: 'Constant', inputs: [], outputs: ['w'], attributes: [value] }, add]));
    },
  ],
  [
    'sparse initializer',
    (location: string) =>
      writeModel(writeGraph([add], (graph) => graph.message(15, sparse(externalTensor('w', location))))),
  ],
  [
    "a branch's initializer",
    (location: string) => {
      const branch = new MessageWriter().message(5, externalTensor('w', location));
      return writeModel(
        writeGraph([
          { op: 'If', inputs: ['x'], outputs: ['y'], attributes: [messageAttribute('then_branch', 6, 5, branch)] },
        ]),
      );
    },
  ],
]);

const LOCATIONS: ReadonlyMap<string, () => string> = new Map([
  ['..', () => '../secret.bin'],
  ['absolute', () => join(root, 'secret.bin')],
  ['up and down', () => 'junk/../../secret.bin'],
  ['symbolic link', () => 'link.bin'],
  ['through a linked folder', () => 'parent/x.bin'],
  ['hard link', () => 'hard.bin'],
  ['backslashes', () => '..\\secret.bin'],
  ['drive letter', () => 'C:secret.bin'],
  ['memory address', () => '*/_ORT_MEM_ADDR_/*'],
  ['empty', () => ''],
  ['NUL', () => 'good.bin\0../../secret.bin'],
  ['folder', () => 'sub'],
  ['missing', () => 'nowhere.bin'],
  ['link inside the folder', () => 'inner-link.bin'],
]);

describe('external data', () => {
  for (const [carrier, write] of CARRIERS) {
    for (const [kind, location] of LOCATIONS) {
      it(`${kind} in ${carrier} is refused`, async () => {
        const path = join(model, 'model.onnx');
        writeFileSync(path, write(location()));
        await assert.rejects(onnxFormat.load(path, { flavour: 'triton' }), (error: Error & { reason?: string }) => {
          assert.equal(error.name, 'LoadError');
          assert.match(error.reason ?? '', kind === 'missing' ? /ModelUnreadable|UnsafeModel/ : /UnsafeModel/);
          assert.ok(!error.message.includes(tmpdir()) || kind === 'absolute', error.message);
          return true;
        });
      });
    }
  }

  for (const location of ['good.bin', './good.bin', 'sub/good.bin']) {
    it(`${location} in an initializer is read`, async () => {
      const path = join(model, 'model.onnx');
      writeFileSync(path, (CARRIERS.get('initializer') as (at: string) => Uint8Array)(location));
      const loaded = await onnxFormat.load(path, { flavour: 'triton' });
      const x = { name: 'x', datatype: 'FP32' as const, shape: [4], data: new Float32Array([1, 2, 3, 4]) };
      const { outputs } = await loaded.infer({ inputs: [x], layout: 'tensors', outputs: [] });
      assert.deepEqual(outputs[0].data, new Float32Array([8.5, 9.5, 10.5, 11.5]));
      await loaded.close();
    });
  }

  it('that is swapped for a link while it is read never gives what the link leads to', async () => {
    const swapped = join(model, 'swapped.bin');
    const tensor = { tensor: 'w', location: 'swapped.bin', offset: 0, length: undefined };
    let turn = 0;
    let stop = false;
    const swap = () => {
      rmSync(swapped, { force: true });
      if (turn++ % 2 === 0) symlinkSync(join(root, 'secret.bin'), swapped);
      else writeFileSync(swapped, 'harmless');
      if (!stop) setImmediate(swap);
    };
    swap();
    const seen = new Set<string>();
    try {
      for (let attempt = 0; attempt < 300; attempt++) {
        try {
          const [file] = await readExternalData(model, [tensor], 1000);
          seen.add(Buffer.from(file.data).toString('latin1'));
        } catch (error) {
          assert.equal((error as Error).name, 'LoadError', String(error));
        }
      }
    } finally {
      stop = true;
    }
    for (const content of seen) assert.ok(content === 'harmless' || content === '', content);
  });

  it('is bounded by the byte limit', async () => {
    const tensor = { tensor: 'w', location: 'good.bin', offset: 0, length: undefined };
    await assert.rejects(readExternalData(model, [tensor], 15), { reason: 'LimitExceeded' });
  });

  it('must lie inside its file', async () => {
    for (const range of [
      { offset: 8, length: 16 },
      { offset: 17, length: undefined },
      { offset: 0, length: 2 ** 40 },
    ]) {
      const tensor = { tensor: 'w', location: 'good.bin', ...range };
      await assert.rejects(readExternalData(model, [tensor], 1000), { reason: 'CorruptModel' });
    }
  });
});
