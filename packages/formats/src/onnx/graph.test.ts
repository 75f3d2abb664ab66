import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { readGraph } from './graph.ts';
import { checkOperators, needsIsolation } from './operators.ts';
import { editModel } from './ports.ts';
import { messageAttribute, writeGraph, writeModel } from './testing/write-model.ts';
import { writeTensorInfo } from './types.ts';
import { MessageWriter } from './wire.ts';

const golden = fileURLToPath(new URL('./golden/', import.meta.url));

const identity = { op: 'Identity', inputs: ['x'], outputs: ['y'] };

describe('the walk through a graph', () => {
  it('finds inputs without initializers, outputs, operators and opsets', () => {
    const graph = writeGraph([identity], (written) => {
      written.message(11, writeTensorInfo('w', 1, [2]));
      written.message(5, new MessageWriter().varint(1, 2).varint(2, 1).string(8, 'w').bytes(9, new Uint8Array(8)));
    });
    const read = readGraph(writeModel(graph));
    assert.deepEqual(
      read.inputs.map((input) => input.name),
      ['x'],
    );
    assert.deepEqual([...read.operators], [[':Identity', 1]]);
    assert.deepEqual([...read.opsets], [['', 18]]);
    assert.deepEqual([...read.initializers], ['w']);
  });

  it('is bounded in depth and does not overflow the stack', () => {
    let graph = writeGraph([identity]);
    for (let depth = 0; depth < 3000; depth++) {
      const body = messageAttribute('then_branch', 6, 5, graph);
      graph = new MessageWriter().message(1, new MessageWriter().string(4, 'If').message(5, body));
    }
    assert.throws(() => readGraph(writeModel(graph)), { name: 'LoadError', reason: 'LimitExceeded' });
  });

  it('is bounded in nodes', () => {
    const nodes = new Uint8Array(500_001 * 2);
    for (let index = 0; index < nodes.length; index += 2) nodes[index] = 0x0a;
    assert.throws(() => readGraph(writeModel(new MessageWriter().raw(nodes))), { reason: 'LimitExceeded' });
  });

  it('refuses no graph and two graphs', () => {
    assert.throws(() => readGraph(new MessageWriter().varint(1, 9).finish()), { reason: 'CorruptModel' });
    const twice = writeModel(writeGraph([identity]), (model) => model.message(7, writeGraph([identity])));
    assert.throws(() => readGraph(twice), { reason: 'CorruptModel', message: /2 graphs/ });
  });

  it('answers every cut of a model with a graph or a LoadError', () => {
    for (const file of readdirSync(golden).filter((name) => name.endsWith('.onnx'))) {
      const bytes = readFileSync(golden + file);
      for (let length = 0; length < bytes.length; length += Math.ceil(bytes.length / 97)) {
        try {
          const cut = bytes.subarray(0, length);
          editModel(cut, readGraph(cut));
        } catch (error) {
          assert.ok(error instanceof LoadError, `${file} cut at ${length}: ${error}`);
        }
      }
    }
  });
});

it('a model with a few changed bytes is read or refused, never more', () => {
  const names = readdirSync(golden).filter((name) => name.endsWith('.onnx'));
  const change = fc.tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(change, { minLength: 1, maxLength: 5 }), (name, changes) => {
      const bytes = Buffer.from(readFileSync(golden + name));
      for (const [place, value] of changes) bytes[Math.floor(place * bytes.length)] = value;
      try {
        const graph = readGraph(bytes);
        checkOperators(graph);
        const { model } = editModel(bytes, graph);
        // What was written is a graph again.
        readGraph(model);
      } catch (error) {
        assert.ok(error instanceof LoadError, `${name}: ${error}`);
      }
    }),
    { numRuns: 1000 },
  );
});

describe('operators', () => {
  it('of an unknown domain are refused by name', () => {
    const graph = readGraph(writeModel(writeGraph([{ ...identity, op: 'Foo', domain: 'my.ops' }])));
    assert.throws(() => checkOperators(graph), { reason: 'UnsupportedModel', message: /operator Foo .*"my\.ops"/ });
  });

  it('of an unknown domain deep in a branch are refused too', () => {
    const inner = writeGraph([{ ...identity, op: 'Foo', domain: 'my.ops' }]);
    const outer = writeGraph([
      { op: 'If', inputs: ['c'], outputs: ['y'], attributes: [messageAttribute('then_branch', 6, 5, inner)] },
    ]);
    assert.throws(() => checkOperators(readGraph(writeModel(outer))), { reason: 'UnsupportedModel' });
  });

  it('that may loop or grow send the graph to a process, wherever they stand', () => {
    const inner = writeGraph([{ op: 'Tile', inputs: ['x', 'n'], outputs: ['y'] }]);
    const outer = writeGraph([
      { op: 'If', inputs: ['c'], outputs: ['y'], attributes: [messageAttribute('then_branch', 6, 5, inner)] },
    ]);
    assert.equal(needsIsolation(readGraph(writeModel(outer))), true);
    assert.equal(needsIsolation(readGraph(writeModel(writeGraph([identity])))), false);
    assert.equal(
      needsIsolation(readGraph(writeModel(writeGraph([{ ...identity, domain: 'ai.onnx', op: 'Loop' }])))),
      true,
    );
  });
});

describe('inputs and outputs that are no tensors', () => {
  it('are refused by name where nothing can be done', () => {
    const map = new MessageWriter()
      .string(1, 'm')
      .message(2, new MessageWriter().message(5, new MessageWriter().varint(1, 8)));
    const input = writeModel(writeGraph([identity], (graph) => graph.message(11, map)));
    assert.throws(() => editModel(input, readGraph(input)), {
      reason: 'UnsupportedModel',
      message: /input "m" is a map/,
    });
    const output = writeModel(writeGraph([identity], (graph) => graph.message(12, map)));
    assert.throws(() => editModel(output, readGraph(output)), {
      reason: 'UnsupportedModel',
      message: /output "m" is a map/,
    });
  });

  it('of a type without a datatype are refused by the type', () => {
    const model = writeModel(writeGraph([identity], (graph) => graph.message(11, writeTensorInfo('c', 14, [1]))));
    assert.throws(() => editModel(model, readGraph(model)), { message: /input "c" has elements of complex64/ });
  });

  it('leave a model of plain tensors as it is, byte for byte', () => {
    const model = writeModel(writeGraph([identity]));
    assert.equal(editModel(model, readGraph(model)).model, model);
  });
});
