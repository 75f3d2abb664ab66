import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseColumns } from './choose-columns.ts';

const base = { hasHeader: true, asked: undefined, names: undefined, width: undefined };

test('columns go by name, in the model’s order', () => {
  const chosen = chooseColumns({ ...base, inFile: ['id', 'b', 'a'], names: ['a', 'b'], width: 2 });
  assert.deepEqual(chosen, { columns: ['a', 'b'], names: ['a', 'b'], missing: [], unused: ['id'] });
});

test('blanks of a name are underscores to LightGBM', () => {
  const chosen = chooseColumns({ ...base, inFile: ['my age', 'b'], names: ['b', 'my_age'], width: 2 });
  assert.deepEqual(
    [chosen.columns, chosen.names],
    [
      ['b', 'my age'],
      ['b', 'my_age'],
    ],
  );
});

test('columns that the file lacks are told', () => {
  const chosen = chooseColumns({ ...base, inFile: ['a'], names: ['a', 'b'], width: 2 });
  assert.deepEqual([chosen.columns, chosen.missing], [['a'], ['b']]);
});

test('without names on one side columns go by position, and must be as many', () => {
  assert.deepEqual(chooseColumns({ ...base, inFile: ['x', 'y'], width: 2 }).names, ['x', 'y']);
  const positions = { ...base, inFile: ['0', '1'], hasHeader: false, names: ['a', 'b'], width: 2 };
  assert.deepEqual(chooseColumns(positions).names, ['a', 'b']);
  assert.throws(() => chooseColumns({ ...base, inFile: ['x', 'y', 'z'], width: 2 }), /3 columns \(x, y, z\).*takes 2/);
  assert.throws(() => chooseColumns({ ...base, inFile: ['x'], names: ['a', 'b'], width: 2 }), /takes 2: a, b/);
});

test('--columns chooses, and names what is not there', () => {
  const asked = ['y', 'x'];
  assert.deepEqual(chooseColumns({ ...base, inFile: ['x', 'y', 'z'], width: 2, asked }).columns, asked);
  assert.throws(() => chooseColumns({ ...base, inFile: ['x'], width: 1, asked: ['w'] }), /no column "w"; it has x/);
});
