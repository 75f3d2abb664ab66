/** reliability 1.2: model files, loaded by name into a live `berth serve` whose neighbour goes on answering. */
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { externalTensor, writeGraph, writeModel } from '../../packages/formats/src/onnx/testing/write-model.ts';
import {
  bytes,
  global,
  pickle,
  reduce,
  stackGlobal,
  text,
  u32,
  u64,
} from '../../packages/formats/src/pickle/writer.ts';
import { exchange, message } from './raw.ts';
import { descendants, peakMiB, resetPeak, type Target, type Walk } from './scene.ts';

/** 20,000,000 zeros in each compression that Node does not write. */
const BOMBS = new URL('../../packages/formats/src/compression/golden/compressed.json', import.meta.url);

const GLOBALS: readonly (readonly [string, string])[] = [
  ['os', 'system'],
  ['posix', 'system'],
  ['builtins', 'eval'],
  ['builtins', 'getattr'],
  ['subprocess', 'Popen'],
  ['torch.hub', 'load'],
  ['numpy', 'load'],
  ['functools', 'partial'],
  ['operator', 'attrgetter'],
  ['copyreg', '_reconstructor'],
  ['cloudpickle.cloudpickle', '_make_function'],
  ['joblib', 'load'],
];

/** Each hostile file is refused within seconds, and acts nowhere. */
export async function fileRows(walk: Walk, target: Target, models: string): Promise<void> {
  const sentinel = join(models, '..', 'sentinel');
  const argument = text(`touch ${sentinel}`);
  const files = new Map<string, Uint8Array>();
  for (const [module, name] of GLOBALS) {
    files.set(`old-${module}-${name}`, pickle(0, reduce(global(module, name), argument)));
    files.set(`new-${module}-${name}`, pickle(4, reduce(stackGlobal(module, name), argument)));
  }
  const system = pickle(2, reduce(global('os', 'system'), argument));
  files.set('gzip-system', gzipSync(system));
  files.set('zlib-system', deflateSync(system));
  files.set('ext-opcode', bytes([0x80, 2, 0x82, 1], '.'));
  files.set('persid', bytes('Pevil\n.'));
  files.set('long4', bytes([0x80, 2, 0x8b], u32(1 << 30), '.'));
  files.set('unicode8', bytes([0x80, 4, 0x8d], u64(2n ** 63n), '.'));
  files.set('marks', bytes([0x80, 2], '('.repeat(1_000_000), '.'));
  files.set('doubling', bytes([0x80, 2], ']', ...Array(60).fill('2a'), '.'));
  const zeros = Buffer.alloc(1 << 28);
  files.set('gzip-bomb', gzipSync(zeros));
  files.set('zlib-bomb', deflateSync(zeros));
  // A pickle of None, and much behind it.
  files.set('gzip-bomb-behind', gzipSync(Buffer.concat([pickle(4, 'N'), zeros])));
  files.set('gzip-bomb-system', gzipSync(Buffer.concat([system, zeros])));
  for (const [kind, packed] of Object.entries(
    JSON.parse(readFileSync(BOMBS, 'utf8')).bombs as Record<string, string>,
  )) {
    files.set(`${kind}-bomb`.replaceAll(' ', '-'), Buffer.from(packed, 'base64'));
  }
  files.set('nothing', bytes());
  files.set(
    'xgb-cycle',
    Buffer.from(
      '{"learner":{"gradient_booster":{"model":{"trees":[{"left_children":[0],"right_children":[0]}]}}},"version":[2,0,0]}',
    ),
  );
  for (const [name, content] of files) {
    mkdirSync(join(models, name), { recursive: true });
    writeFileSync(join(models, name, name.startsWith('xgb') ? 'model.json' : 'model.joblib'), content);
  }
  const outside = join(models, '..', 'secret.bin');
  writeFileSync(outside, Buffer.from(new Float32Array([7.5, 7.5, 7.5, 7.5]).buffer));
  const locations = ['../../secret.bin', outside, 'junk/../../../secret.bin', 'link.bin', 'hard.bin'];
  for (const [index, location] of locations.entries()) {
    const folder = join(models, `onnx-${index}`);
    mkdirSync(folder);
    const graph = writeGraph([{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }], (one) =>
      one.message(5, externalTensor('w', location)),
    );
    writeFileSync(join(folder, 'model.onnx'), writeModel(graph));
    if (location === 'link.bin') symlinkSync(outside, join(folder, location));
    if (location === 'hard.bin') linkSync(outside, join(folder, location));
  }
  for (const name of [...files.keys(), ...locations.map((_, index) => `onnx-${index}`)]) {
    const before = resetPeak(target.pid);
    const load = message('POST', `/v2/repository/models/${name}/load`, ['Content-Type: application/json'], '{}');
    const answer = await exchange(target.port, load, { timeoutMs: 10_000 });
    walk.keep(name, answer.text);
    const grown = peakMiB(target.pid) - before;
    const isRefused = answer.status >= 400 && answer.status < 600 && answer.milliseconds < 3_000 && grown < 256;
    const told = `${answer.status} in ${Math.round(answer.milliseconds)} ms, ${Math.round(grown)} MiB: ${answer.text.slice(-250)}`;
    walk.row(`1.2 ${name}`, isRefused, told);
  }
  walk.row('1.2 nothing was done', !existsSync(sentinel), 'the sentinel is there');
  const children = descendants(target.pid).filter(({ command }) => !command.includes('node'));
  walk.row('1.2 nothing was started', children.length === 0, JSON.stringify(children));
  await walk.alive('1.2', target);
}
