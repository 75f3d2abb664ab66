/**
 * Stands in for verify.py and a library: answers what Berth's own evaluator answers for the matrix that it is sent, and
 * errs as FAKE says. Started by Node in place of Python.
 */
import { writeSync } from 'node:fs';
import { discoverModels, loadModel } from '@berth/formats';
import type { Model, Tensor } from '@berth/inference';
import { encodeFrame, FrameReader } from '../src/verify/frames.ts';

interface Header {
  readonly op: string;
  readonly path: string;
  readonly rows: number;
  readonly outputs: readonly string[];
  readonly columns: readonly { readonly bytes: number }[];
}

const fake = process.env.FAKE ?? '';
let model: Model | undefined;
let questions = 0;

function reply(header: unknown, blobs: Uint8Array[] = []): void {
  const frame = encodeFrame(header, blobs);
  for (let at = 0; at < frame.length; ) at += writeSync(1, frame, at);
}

function failure(type: string, message: string, module: string | null = null) {
  return {
    ok: false,
    error: { kind: module === null ? 'error' : 'import', module, type, message, trace: '' },
    version: null,
  };
}

async function answer(header: Header, body: Uint8Array): Promise<void> {
  if (header.op === 'load') {
    if (fake === 'missing') return reply(failure('ModuleNotFoundError', "No module named 'xgboost'", 'xgboost'));
    if (fake === 'unloadable') return reply(failure('ValueError', 'not my file'));
    const [found] = await discoverModels(header.path);
    model = await loadModel(found, { flavour: 'kserve' });
    return reply({ ok: true, class: 'Booster', packages: { xgboost: '9.9.9' }, warnings: ['Warning: old'] });
  }
  questions++;
  if (fake === 'crash' && questions === 2) process.kill(process.pid, 'SIGKILL');
  if (fake === 'hang') return;
  if (fake === 'garbage') return void writeSync(1, Buffer.alloc(64, 0xff));
  if (fake === 'print') process.stderr.write('x'.repeat(100_000));
  const width = header.columns.length;
  const columns = new Float64Array(Uint8Array.from(body).buffer);
  const at = (row: number, column: number) => columns[column * header.rows + row];
  const data = Float64Array.from({ length: columns.length }, (_, i) => at(Math.floor(i / width), i % width));
  if (fake === 'refuse' && Array.from({ length: header.rows }, (_, row) => at(row, 0)).some((cell) => cell < 0)) {
    return reply(failure('ValueError', 'a negative cell'));
  }
  const inputs: Tensor[] = [{ name: 'x', datatype: 'FP64', shape: [header.rows, width], data }];
  const { outputs } = await (model as Model).infer({ layout: 'tensors', outputs: header.outputs, inputs });
  const specs: unknown[] = [];
  const blobs: Uint8Array[] = [];
  for (const { name, shape, data: values } of outputs) {
    if (fake === 'absent' && name === 'predict_proba') {
      specs.push({ name, absent: true });
      continue;
    }
    const floats = Float32Array.from(values as Float32Array);
    if (fake === 'differ')
      for (let i = 0; i < floats.length; i += floats.length / shape[0])
        floats[i] += at(i / (floats.length / shape[0]), 0) > 5 ? 1 : 0;
    const blob = new Uint8Array(floats.buffer);
    specs.push({ name, shape, dtype: 'f4', bytes: blob.length });
    blobs.push(blob);
  }
  reply({ ok: true, outputs: specs, seconds: 0.001 }, blobs);
}

reply({ ok: true, python: '3.99', executable: process.execPath });
const reader = new FrameReader(2 ** 30);
let chain = Promise.resolve();
process.stdin.on('data', (piece: Buffer) => {
  for (const { header, body } of reader.push(piece)) chain = chain.then(() => answer(header as Header, body));
});
process.stdin.on('end', () => process.exit(0));
