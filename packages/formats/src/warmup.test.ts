import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  InferenceError,
  type InferRequest,
  type InferResponse,
  invalidInput,
  type Model,
  type TensorSpec,
} from '@berth/inference';
import { madeUpRequest } from './made-up-request.ts';
import { warmUp } from './warmup.ts';

const top = mkdtempSync(join(tmpdir(), 'berth-warmup-'));
after(() => rmSync(top, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(top, 'model-'));
});

function modelThat(
  infer: (request: InferRequest) => InferResponse | Promise<InferResponse>,
  inputs?: TensorSpec[],
): Model {
  return {
    metadata: {
      platform: 'test',
      inputs: inputs ?? [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [],
      defaultOutputs: [],
      properties: new Map(),
    },
    infer,
    close: async () => {},
  };
}

const decoded: InferRequest = { inputs: [], layout: 'tensors', outputs: ['from-file'] };
const decode = () => decoded;

describe('warm-up', () => {
  it('asks with what the file tells of its columns where zeros are refused', async () => {
    const taken: InferRequest[] = [];
    const warnings: string[] = [];
    const columns = { name: 'predict', datatype: 'FP64', shape: [-1, 2] } as const;
    const plain = modelThat(
      (request) => {
        const kinds = request.inputs.map(({ datatype }) => datatype).join();
        if (kinds !== 'FP64,BYTES') throw invalidInput('the second column is text');
        taken.push(request);
        return { outputs: [] };
      },
      [columns],
    );
    const model = { ...plain, metadata: { ...plain.metadata, platform: 'sklearn', columns: ['age', 'city'] } };
    const explore = async () => [
      { thresholds: [], seen: [42] },
      { thresholds: [], seen: [], categories: ['Paris'] },
    ];
    const onWarning = (message: string) => void warnings.push(message);
    assert.equal(await warmUp(model, folder, { decode, onWarning, explore }), 'made-up');
    assert.deepEqual(
      taken[0].inputs.map(({ name, data }) => [name, [...(data as Iterable<unknown>)]]),
      [
        ['age', [42]],
        ['city', ['Paris']],
      ],
    );
    assert.deepEqual(warnings, []);
    await warmUp(model, folder, { decode, onWarning, explore: async () => Promise.reject(new Error('unreadable')) });
    assert.match(warnings[0], /not warmed up[\s\S]*text/);
  });

  it('answers the request that is shipped', async () => {
    writeFileSync(join(folder, 'warmup.json'), '{"instances": [[1, 2]]}');
    const seen: InferRequest[] = [];
    const bodies: string[] = [];
    const model = modelThat((request) => {
      seen.push(request);
      return { outputs: [] };
    });
    const decodeIt = (body: string) => {
      bodies.push(body);
      return decoded;
    };
    assert.equal(await warmUp(model, folder, { decode: decodeIt }), 'shipped');
    assert.deepEqual(bodies, ['{"instances": [[1, 2]]}']);
    assert.deepEqual(seen[0].outputs, ['from-file']);
  });

  it('is not ready when the shipped request fails, whoever is to blame', async () => {
    writeFileSync(join(folder, 'warmup.json'), '{}');
    const refusing = modelThat(() => {
      throw invalidInput('row 0 is short');
    });
    await assert.rejects(warmUp(refusing, folder, { decode }), {
      name: 'LoadError',
      reason: 'WarmupFailed',
      message: 'the request in warmup.json fails: row 0 is short',
    });
    const failing = () => {
      throw invalidInput('not JSON');
    };
    await assert.rejects(
      warmUp(
        modelThat(() => ({ outputs: [] })),
        folder,
        { decode: failing },
      ),
      { reason: 'WarmupFailed' },
    );
  });

  it('makes a request of zeros up from the metadata', async () => {
    let seen: InferRequest | undefined;
    const model = modelThat((request) => {
      seen = request;
      return { outputs: [] };
    });
    assert.equal(await warmUp(model, folder, { decode }), 'made-up');
    assert.deepEqual(seen?.inputs, [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: new Float32Array(2) }]);
  });

  it('only warns when a made-up request is refused for its values', async () => {
    const warnings: string[] = [];
    const model = modelThat(() => {
      throw invalidInput('category "a" is unknown');
    });
    assert.equal(await warmUp(model, folder, { decode, onWarning: (text) => warnings.push(text) }), 'made-up');
    assert.match(warnings[0], /category "a" is unknown.*warmup\.json/);
  });

  it('tries digits where a text is refused', async () => {
    const texts: unknown[] = [];
    const model = modelThat(
      (request) => {
        texts.push(request.inputs[0].data[0]);
        if (request.inputs[0].data[0] !== '0') throw invalidInput('no number');
        return { outputs: [] };
      },
      [{ name: 't', datatype: 'BYTES', shape: [-1] }],
    );
    assert.equal(await warmUp(model, folder, { decode, onWarning: () => assert.fail() }), 'made-up');
    assert.deepEqual(texts, ['a', '0']);
  });

  it('is not ready after an internal error, whose text stays in the log', async () => {
    const model = modelThat(() => {
      throw new TypeError('x is undefined at /secret/path');
    });
    await assert.rejects(warmUp(model, folder, { decode }), (error: Error) => {
      assert.equal((error as { reason?: string }).reason, 'WarmupFailed');
      assert.ok(!error.message.includes('/secret'));
      return true;
    });
    const lost = modelThat(async () => {
      throw new InferenceError('NOT_READY', 'the worker was lost');
    });
    await assert.rejects(warmUp(lost, folder, { decode }), { reason: 'WarmupFailed' });
  });

  it('does not wait for ever', async () => {
    const model = modelThat(() => new Promise(() => {}));
    const alive = setInterval(() => {}, 1000);
    await assert.rejects(warmUp(model, folder, { decode, timeoutMs: 20 }), {
      reason: 'WarmupFailed',
      message: /0\.02 s/,
    });
    clearInterval(alive);
  });

  it('leaves no deadline behind after a model that refuses before it returns', async () => {
    let signal: AbortSignal | undefined;
    const model = modelThat((request) => {
      signal = request.signal;
      throw invalidInput('found unknown categories');
    });
    assert.equal(await warmUp(model, folder, { decode, timeoutMs: 1 }), 'made-up');
    // An abandoned deadline would now pass, and its rejection, which nobody handles, would end the process.
    await setTimeout(20);
    assert.equal(signal?.aborted, false);
  });

  it('is none for a model that tells no inputs', async () => {
    assert.equal(
      await warmUp(
        modelThat(() => assert.fail(), []),
        folder,
        { decode },
      ),
      'none',
    );
  });

  it('does not follow a link out of the folder', async () => {
    writeFileSync(join(top, 'secret.json'), '{}');
    symlinkSync(join(top, 'secret.json'), join(folder, 'warmup.json'));
    await assert.rejects(
      warmUp(
        modelThat(() => ({ outputs: [] })),
        folder,
        { decode },
      ),
      { reason: 'UnsafeModel' },
    );
  });
});

describe('a made-up request', () => {
  const metadata = (inputs: TensorSpec[]) => modelThat(() => ({ outputs: [] }), inputs).metadata;

  it('has the text "a" and whole numbers of their kind', () => {
    const request = madeUpRequest(
      metadata([
        { name: 't', datatype: 'BYTES', shape: [-1, 2] },
        { name: 'i', datatype: 'INT64', shape: [-1] },
        { name: 's', datatype: 'FP64', shape: [] },
      ]),
    );
    assert.deepEqual(
      request?.inputs.map((input) => input.data),
      [['a', 'a'], new BigInt64Array(1), new Float64Array(1)],
    );
  });

  it('is not made where it would be huge', () => {
    assert.equal(madeUpRequest(metadata([{ name: 'x', datatype: 'FP32', shape: [65536, 65536] }])), undefined);
  });
});
