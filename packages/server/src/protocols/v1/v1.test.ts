import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InferenceError, type Tensor } from '@berth/inference';
import fc from 'fast-check';
import { OtherProtocol } from '../other-protocol.ts';
import { decodeV1, parseV1 } from './decode.ts';
import { encodeV1 } from './encode.ts';
import type { V1Target } from './request.ts';

const TABLE: V1Target = { table: true, inputs: [{ name: 'x', datatype: 'FP64', shape: [-1, 4] }] };
const TEXTS: V1Target = { table: true, inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }] };
const ONE: V1Target = { table: false, inputs: [{ name: 'image', datatype: 'FP32', shape: [-1, 2, 2] }] };
const TWO: V1Target = {
  table: false,
  inputs: [
    { name: 'a', datatype: 'INT32', shape: [-1, 2] },
    { name: 'b', datatype: 'BYTES', shape: [-1] },
  ],
};

const decode = (text: string, target = TABLE) => decodeV1(parseV1(Buffer.from(text)), target);

/** The decoded tensors, easy to compare. */
function shown(text: string, target = TABLE) {
  const { inputs, layout } = decode(text, target);
  return {
    layout,
    inputs: inputs.map(({ name, datatype, shape, data }) => [
      name,
      datatype,
      shape,
      Array.from(data as ArrayLike<unknown>),
    ]),
  };
}

describe('decoding v1 for a table model', () => {
  it('reads rows of numbers as one tensor, null as NaN and true as 1', () => {
    assert.deepEqual(shown('{"instances":[[1,2.5],[null,true]]}'), {
      layout: 'tensors',
      inputs: [['x', 'FP64', [2, 2], [1, 2.5, NaN, 1]]],
    });
  });

  it('reads rows that mix text and numbers by position', () => {
    assert.deepEqual(shown('{"instances":[[1,"a",true],[2,"b",false]]}'), {
      layout: 'positional',
      inputs: [
        ['0', 'FP64', [2], [1, 2]],
        ['1', 'BYTES', [2], ['a', 'b']],
        ['2', 'BOOL', [2], [1, 0]],
      ],
    });
  });

  it('reads objects by name, whatever their order, what is absent being NaN', () => {
    assert.deepEqual(shown('{"instances":[{"a":1,"b":"x"},{"b":"y","c":3}]}'), {
      layout: 'columns',
      inputs: [
        ['a', 'FP64', [2], [1, NaN]],
        ['b', 'BYTES', [2], ['x', 'y']],
        ['c', 'FP64', [2], [NaN, 3]],
      ],
    });
  });

  it('takes columns named like what every object inherits', () => {
    assert.deepEqual(shown('{"instances":[{"constructor":1,"toString":2},{"toString":3}]}').inputs, [
      ['constructor', 'FP64', [2], [1, NaN]],
      ['toString', 'FP64', [2], [2, 3]],
    ]);
  });

  it("reads the other shapes of KServe's lightgbm requests: columns of lists, and rows of one-key objects", () => {
    const expected = {
      layout: 'columns',
      inputs: [
        ['a', 'FP64', [1], [5.1]],
        ['b', 'FP64', [1], [3.5]],
      ],
    };
    assert.deepEqual(shown('{"inputs":[{"a":[5.1],"b":[3.5]}]}'), expected);
    assert.deepEqual(shown('{"inputs":[[{"a":5.1},{"b":3.5}]]}'), expected);
    assert.deepEqual(shown('{"inputs":{"a":[5.1],"b":[3.5]}}'), expected);
    assert.deepEqual(shown('{"instances":[{"a":[1,2],"b":[3,4]},{"a":5,"b":6}]}').inputs[0][3], [1, 2, 5]);
    assert.deepEqual(shown('{"instances":[[{"a":1,"b":2},{"a":3,"b":4}]]}').inputs[1][3], [2, 4]);
  });

  it("reads frames as pandas' to_dict writes them, which KServe's lightgbm example sends", () => {
    assert.deepEqual(shown('{"inputs":[{"b":{"0":3.5},"a":{"0":5.1}}]}').inputs, [
      ['b', 'FP64', [1], [3.5]],
      ['a', 'FP64', [1], [5.1]],
    ]);
    const rows = shown('{"inputs":[{"n":{"0":1,"1":null},"t":{"1":"x","0":"y"}},{"n":{"0":7},"t":{"0":"z"}}]}').inputs;
    assert.deepEqual(rows, [
      ['n', 'FP64', [3], [1, Number.NaN, 7]],
      ['t', 'BYTES', [3], ['y', 'x', 'z']],
    ]);
    assert.deepEqual(shown('{"inputs":[{"n":{"one":1,"two":2}}]}').inputs[0][3], [1, 2]);
    assert.deepEqual(shown('{"inputs":[{"n":{"41":1}}]}').inputs[0][3], [1]);
    assert.deepEqual(shown('{"inputs":[{"toString":{"constructor":1}}]}').inputs[0], ['toString', 'FP64', [1], [1]]);
    for (const [columns, message] of [
      ['{"a":{"0":1,"1":2},"b":{"0":3}}', /"b" must be an object of 2 cells under the same keys/],
      ['{"a":{"0":1},"b":{"constructor":3}}', /"b" must be an object of 1 cells/],
      ['{"a":{"0":1},"b":3}', /"b" must be an object of 1 cells/],
      ['{"a":1,"b":{"0":3}}', /"a" must be an object/],
      ['{"a":{"41":1,"7":2}}', /order of the rows is unknown/],
    ] as const) {
      assert.throws(() => decode(`{"instances":[${columns}]}`), { code: 'INVALID_INPUT', message });
    }
  });

  it('reads a list of texts as one document a row', () => {
    assert.deepEqual(shown('{"instances":["one","two"]}', TEXTS), {
      layout: 'tensors',
      inputs: [['text', 'BYTES', [2], ['one', 'two']]],
    });
  });

  it('reads rows of rows as they are nested', () => {
    assert.deepEqual(shown('{"instances":[[[1,2],[3,4]],[[5,6],[7,8]]]}').inputs, [
      ['x', 'FP64', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]],
    ]);
  });

  it('keeps whole numbers beyond 2^53 in a column', () => {
    assert.deepEqual(shown('{"instances":[{"id":9007199254740993},{"id":1}]}').inputs, [
      ['id', 'INT64', [2], [9007199254740993n, 1n]],
    ]);
  });

  it('takes the output to answer with from the parameters', () => {
    const request = decode('{"instances":[[1]],"parameters":{"output":"predict_proba","threads":2}}');
    assert.deepEqual(request.outputs, ['predict_proba']);
    assert.deepEqual(request.parameters, new Map([['threads', 2]]));
    assert.deepEqual(decode('{"instances":[[1]],"parameters":{"output":["a","b"]}}').outputs, ['a', 'b']);
  });

  const wrong: [string, RegExp][] = [
    ['{"instances":[5.1,3.5,1.4,0.2]}', /rows of 4 numbers.*4 numbers.*\[\[5.1,3.5,1.4,0.2\]\]/],
    ['{"instances":[[5.1,3.5],[5.1]]}', /row 1 has 1 values, but row 0 has 2/],
    ['{"instances":[[5.1,3.5],"a"]}', /row 1/],
    ['{"instances":[[1,"a"],[2,3]]}', /row 1, column 1/],
    ['{"instances":[[1,[2]]]}', /row 0, column 1/],
    ['{"instances":[{"a":1},[2]]}', /row 1 is not an object/],
    ['{"instances":[{"a":1},{"a":"x"}]}', /row 1, column "a": "x" is not a number/],
    ['{"instances":[{"a":"x"},{"a":null}]}', /row 1, column "a"/],
    ['{"instances":[{"a":"x"},{"a":1}]}', /row 1, column "a"/],
    ['{"instances":[{"a":[1,2],"b":[1]}]}', /"b" must be a list of 2/],
    ['{"instances":[[{"a":1},{"a":2}]]}', /"a" twice/],
    ['{"instances":[{}]}', /without keys/],
    ['{"instances":[[[1,2],[3]]]}', /row 0/],
    ['{"instances":[]}', /empty/],
    ['{"instances":"no"}', /Expected "instances" to be a list/],
    ['{"instances":{"a":1}}', /Expected "instances" to be a list/],
    ['{}', /no "instances"/],
    ['[1]', /JSON object/],
    ['{"instances":[[1]],"inputs":[[1]]}', /not both/],
    ['{"instances":[[1]],"parameters":{"output":3}}', /"output"/],
    ['{"instances":[[1]],"parameters":{"a":{}}}', /"a"/],
    ['{"instances":[[NaN]]}', /null/],
    ['{"instances":[[1e999]]}', /beyond/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses ${text}`, () => {
      assert.throws(() => decode(text), { code: 'INVALID_INPUT', message });
    });
  }

  it('tells a v2 body', () => {
    assert.throws(() => decode('{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}'), OtherProtocol);
  });

  it('allocates nothing for rows that are not there', () => {
    const wide = JSON.stringify(Array(5000).fill(0));
    const body = `{"instances":[${wide}${',[]'.repeat(200_000)}]}`;
    assert.throws(() => decode(body), { code: 'INVALID_INPUT', message: /row 1 has 0/ });
  });
});

describe('decoding v1 for a model of declared tensors', () => {
  it('stacks the rows of its one input as its datatype', () => {
    assert.deepEqual(shown('{"instances":[[[1,2],[3,4]]]}', ONE).inputs, [['image', 'FP32', [1, 2, 2], [1, 2, 3, 4]]]);
  });

  it('takes objects by input name, and inputs by column', () => {
    const expected = [
      ['a', 'INT32', [2, 2], [1, 2, 3, 4]],
      ['b', 'BYTES', [2], ['x', 'y']],
    ];
    assert.deepEqual(shown('{"instances":[{"a":[1,2],"b":"x"},{"a":[3,4],"b":"y"}]}', TWO).inputs, expected);
    assert.deepEqual(shown('{"inputs":{"a":[[1,2],[3,4]],"b":["x","y"]}}', TWO).inputs, expected);
  });

  const wrong: [string, RegExp][] = [
    ['{"instances":[[1,2]]}', /2 inputs.*"a": …, "b": …/],
    ['{"instances":[{"a":[1,2],"c":"x"}]}', /no input 'c'; its inputs are: a, b/],
    ['{"instances":[{"a":[1,2]},{"b":"x"}]}', /row 1 has no value for input 'a'/],
    ['{"instances":[{"a":[1,2]},{"a":[1]}]}', /ragged/],
    ['{"instances":[{"a":[1,2.5]}]}', /whole number/],
  ];
  for (const [text, message] of wrong) {
    it(`refuses ${text}`, () => {
      assert.throws(() => decode(text, TWO), { code: 'INVALID_INPUT', message });
    });
  }
});

describe('any v1 body', () => {
  it('decodes or is INVALID_INPUT', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 1, -2.5, 'a', '', 9e15),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'instances', 'name', 'data', 'shape'), tie('value'), { maxKeys: 3 }),
      ),
    })).value;
    const body = fc.record({ instances: value, inputs: value, parameters: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(body, fc.constantFrom(TABLE, TEXTS, ONE, TWO), (each, target) => {
        try {
          const request = decode(JSON.stringify(each), target);
          for (const { data, shape } of request.inputs) {
            assert.equal(
              data.length,
              shape.reduce((product, dim) => product * dim, 1),
            );
          }
        } catch (error) {
          const expected = error instanceof OtherProtocol || (error as InferenceError).code === 'INVALID_INPUT';
          assert.ok(expected, String((error as Error).stack));
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('encoding v1', () => {
  const tensor = (name: string, datatype: Tensor['datatype'], shape: number[], data: Tensor['data']): Tensor => ({
    name,
    datatype,
    shape,
    data,
  });

  it('writes one output as its rows', () => {
    const labels = tensor('predict', 'INT64', [3], new BigInt64Array([1n, -5n, 2n ** 60n]));
    assert.equal(encodeV1({ outputs: [labels] }), '{"predictions":[1,-5,1152921504606846976]}');
    const proba = tensor('p', 'FP64', [2, 2], new Float64Array([0.25, 1, NaN, Infinity]));
    assert.equal(encodeV1({ outputs: [proba] }), '{"predictions":[[0.25,1.0],[null,null]]}');
    const texts = tensor('t', 'BYTES', [2], ['a"b', new Uint8Array([0xc3, 0xa9])]);
    assert.equal(encodeV1({ outputs: [texts] }), '{"predictions":["a\\"b","é"]}');
    assert.equal(encodeV1({ outputs: [tensor('e', 'FP32', [0, 2], new Float32Array(0))] }), '{"predictions":[]}');
    assert.equal(encodeV1({ outputs: [tensor('s', 'BOOL', [], new Uint8Array([1]))] }), '{"predictions":[true]}');
  });

  it('writes several outputs as an object a row', () => {
    const outputs = [
      tensor('label', 'BYTES', [2], ['a', 'b']),
      tensor('p', 'FP32', [2, 2], new Float32Array([0.5, 0.5, 0, 1])),
    ];
    assert.equal(encodeV1({ outputs }), '{"predictions":[{"label":"a","p":[0.5,0.5]},{"label":"b","p":[0.0,1.0]}]}');
  });

  it('refuses bytes that are no text', () => {
    const bytes = tensor('t', 'BYTES', [1], [new Uint8Array([0xff])]);
    assert.throws(() => encodeV1({ outputs: [bytes] }), InferenceError);
  });
});
