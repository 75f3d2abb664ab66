/** `berth predict` with rows: files, standard input and made-up rows against a live server. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fakeIo } from '../../test/fake-io.ts';
import { launch } from '../../test/live-server.ts';
import { main } from '../main.ts';
import { fitColumns, headerNote } from '../rows/fit-columns.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import { joinAnswers } from './join-answers.ts';
import { rowsRequest } from './rows-request.ts';

const NAMED = join(import.meta.dirname, '../../../formats/src/sklearn/fixtures/named-columns/named.joblib');
const HEADER = 'id,petal_w,petal_l,sepal_w,sepal_l\n';
const ROWS = ['x1,1.4,4.8,2.8,6.8\n', 'x2,0.2,1.4,3.5,5.1\n'];

describe('berth predict with rows', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-rows-'));
  const server = await launch({ args: ['serve', NAMED], until: (_out, err) => err.includes('ready: named') });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const predict = async (args: string[], input = '') => {
    const io = fakeIo({ input, cwd: folder, env: { BERTH_URL: `http://127.0.0.1:${server.httpPort}` } });
    const code = await main(['predict', ...args], io);
    return { code, ...io.written };
  };
  const file = async (name: string, text: string | Buffer) => {
    await writeFile(join(folder, name), text);
    return name;
  };

  test('finds the columns by name in any order, leaves others out with a note, and finds the only model', async () => {
    const rows = await file('rows.csv', HEADER + ROWS.join(''));
    const answer = await predict([rows]);
    assert.equal(answer.code, 0, answer.err);
    assert.equal(answer.out, 'output-0\n1\n0\n');
    assert.match(answer.err, /note: the model does not take id/);
    const v1 = await predict(['named', rows, '--protocol', 'v1', '-o', 'json']);
    assert.deepEqual(JSON.parse(v1.out), { predictions: [1, 0] });
  });

  test('takes other separators, encodings, no header, and standard input', async () => {
    const plain = '6.8;2.8;4.8;1.4\r\n5.1;3.5;1.4;0.2\r\n';
    for (const name of [
      await file('semicolons.csv', plain),
      await file('utf16.csv', Buffer.from(`\ufeff${plain}`, 'utf16le')),
      await file('tabs.tsv', plain.replaceAll(';', '\t')),
      await file(
        'lines.jsonl',
        '{"sepal_l":6.8,"sepal_w":2.8,"petal_l":4.8,"petal_w":1.4}\n{"sepal_l":5.1,"sepal_w":3.5,"petal_l":1.4,"petal_w":0.2}\n',
      ),
    ]) {
      assert.equal((await predict(['named', name])).out, 'output-0\n1\n0\n', name);
    }
    assert.equal((await predict(['named', '-'], HEADER + ROWS.join(''))).out, 'output-0\n1\n0\n');
    assert.match((await predict(['-'], '{"instances": [[6.8, 2.8, 4.8, 1.4]]}')).out, /"predictions":\[1\]/);
  });

  test('sends many rows in batches and answers them as one', async () => {
    const many = await file('many.csv', HEADER + ROWS.join('').repeat(1300));
    const answer = JSON.parse((await predict([many, '-o', 'json'])).out) as {
      outputs: { shape: number[]; data: number[] }[];
    };
    assert.deepEqual(answer.outputs[0]?.shape, [2600]);
    assert.deepEqual(
      answer.outputs[0]?.data,
      Array.from({ length: 2600 }, (_, row) => 1 - (row % 2)),
    );
  });

  test('makes rows up', async () => {
    const answer = await predict(['named', '--random', '--rows', '3', '-o', 'json']);
    assert.deepEqual((JSON.parse(answer.out) as { outputs: { shape: number[] }[] }).outputs[0]?.shape, [3]);
    assert.equal((await predict(['named', '--random', 'x.csv'])).code, 2);
  });

  test('says what does not fit', async () => {
    const cases: [string, RegExp, number][] = [
      [
        HEADER.replace('sepal_w', 'sepalw') + ROWS.join(''),
        /lacks the column .*: sepal_w\n {2}hint: the file has "sepalw"/,
        1,
      ],
      ['1,2,3\n', /the model takes 4 columns/, 1],
      [`${HEADER}x1,1,2\n`, /line 2: the row has 3 cells/, 1],
      [`${HEADER}x1,a,b,c,d\n`, /needs numbers: row 0/, 1],
      [HEADER, /has no rows/, 1],
      ['', /empty/, 1],
    ];
    for (const [text, message, code] of cases) {
      const answer = await predict(['named', await file('bad.csv', text)]);
      assert.match(answer.err, message, text);
      assert.equal(answer.code, code, text);
      assert.match(answer.err, /\n {2}code: \w+/);
      assert.equal(answer.out, '');
    }
    const list = await file('list.json', '[{"a": 1}]');
    assert.match((await predict(['named', list])).err, /goes into one: \{"instances": \[ … \]\}/);
    const typo = await predict(['named', await file('typo.csv', HEADER.replace('sepal_w', 'sepalw') + ROWS.join(''))]);
    assert.match(typo.err, /^error: /, 'nothing stands before the error');
    assert.equal((await predict(['named', 'nowhere.csv'])).code, 4);
    assert.equal((await predict(['other', await file('rows.csv', HEADER + ROWS.join(''))])).code, 4);
  });
});

describe('requests of rows', () => {
  const model = (inputs: { name: string; datatype: string; shape: number[] }[]) => ({
    inputs,
    columns: { names: undefined, count: undefined },
  });
  const table = model([{ name: 'x', datatype: 'FP64', shape: [-1, 2] }]);

  test('are a tensor of numbers, a tensor a column with text, or rows of v1', () => {
    const numbers = { count: 2, columns: [Float64Array.of(1, Number.NaN), Float64Array.of(3, 4)], names: undefined };
    assert.deepEqual(JSON.parse(rowsRequest(numbers, table, undefined).body).inputs, [
      { name: 'x', datatype: 'FP64', shape: [2, 2], data: [1, 3, null, 4] },
    ]);
    const mixed = { count: 1, columns: [Float64Array.of(1), ['red']], names: ['size', 'colour'] };
    const pd = JSON.parse(rowsRequest(mixed, table, undefined).body);
    assert.equal(pd.parameters.content_type, 'pd');
    assert.deepEqual(pd.inputs[1], { name: 'colour', datatype: 'BYTES', shape: [1, 1], data: ['red'] });
    const unnamed = rowsRequest({ ...mixed, names: undefined }, table, undefined);
    assert.deepEqual([unnamed.protocol, unnamed.body], ['v1', '{"instances":[[1,"red"]]}']);
    assert.throws(() => rowsRequest({ ...mixed, names: undefined }, table, 'v2'), CommandError);
    const partly = { ...numbers, names: ['a', 'b'], lacking: new CommandError('no c') };
    assert.deepEqual(
      (JSON.parse(rowsRequest(partly, table, undefined).body) as { inputs: { name: string }[] }).inputs.map(
        ({ name }) => name,
      ),
      ['a', 'b'],
    );
    const gap = { count: 2, columns: [['red', undefined]], names: ['colour'] };
    for (const protocol of [undefined, 'v2'] as const) {
      assert.throws(() => rowsRequest(gap, table, protocol), /a text is missing, as one of column "colour"/);
    }
    assert.equal(rowsRequest(gap, table, 'v1').body, '{"instances":[{"colour":"red"},{"colour":null}]}');
    assert.equal(rowsRequest(mixed, undefined, undefined).body, '{"instances":[{"size":1,"colour":"red"}]}');
    const several = model([
      { name: 'a', datatype: 'FP32', shape: [-1, 1] },
      { name: 'b', datatype: 'BYTES', shape: [-1] },
    ]);
    assert.deepEqual(JSON.parse(rowsRequest(mixed, several, undefined).body).inputs, [
      { name: 'a', datatype: 'FP32', shape: [1, 1], data: [1] },
      { name: 'b', datatype: 'BYTES', shape: [1], data: ['red'] },
    ]);
  });

  test('columns fit by name, or by position where their number is right', () => {
    const names = ['a', 'b'];
    assert.throws(() => fitColumns({ columns: ['a', 'b', 'b'], width: 3 }, { names, count: 2 }), /two columns "b"/);
    assert.deepEqual(fitColumns({ columns: ['c', 'b', 'a'], width: 3 }, { names, count: 2 }).positions, [2, 1]);
    assert.deepEqual(fitColumns({ columns: undefined, width: 2 }, { names, count: 2 }).positions, [0, 1]);
    const partly = fitColumns({ columns: ['x', 'b'], width: 2 }, { names, count: 2 });
    assert.deepEqual([partly.names, partly.positions, partly.unused], [['b'], [1], ['x']]);
    assert.match(partly.lacking?.message ?? '', /lacks the column .*: a/);
    assert.throws(() => fitColumns({ columns: ['5.1', 'Paris'], width: 2 }, { names, count: 2 }), {
      hint: 'its first row (5.1, Paris) is taken as names; --no-header where it is data',
    });
    assert.deepEqual(
      fitColumns({ columns: ['x', 'y'], width: 2 }, { names: undefined, count: undefined }).positions,
      [0, 1],
    );
    assert.throws(() => fitColumns({ columns: ['x'], width: 1 }, { names: ['b'], count: 1 }), /lacks the column .*: b/);
    assert.throws(
      () => fitColumns({ columns: ['x', 'y', 'z'], width: 3 }, { names: undefined, count: 2 }),
      /takes 2 columns/,
    );
  });

  test('a first row of texts may be data, unless it is the user’s or pandas’ own', () => {
    assert.match(
      headerNote(['great service', 'S'], 'auto', true) ?? '',
      /names of columns: great service, S; --no-header/,
    );
    assert.equal(headerNote(['great service', 'S'], 'yes', true), undefined);
    assert.equal(headerNote(['a', 'b'], undefined, false), undefined);
    assert.equal(headerNote(['0', '1'], undefined, true), undefined);
  });

  test('answers join in order', () => {
    assert.equal(joinAnswers(['{"predictions": [1.0]}']), '{"predictions": [1.0]}');
    assert.deepEqual(JSON.parse(joinAnswers(['{"predictions":[1]}', '{"predictions":[2,3]}'])), {
      predictions: [1, 2, 3],
    });
  });
});
