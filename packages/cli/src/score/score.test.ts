import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHURN, irisRows, MODELS, ScoreCase } from '../../test/score-case.ts';

const FOUR = 'id,sepal_l,sepal_w,petal_l,petal_w\na,5.1,3.5,1.4,0.2\nb,6.7,3.1,4.4,1.4\nc,6.3,3.3,6.0,2.5\n';

test('a pipeline with encoders answers as scikit-learn does, missing text included', async (t) => {
  const run = await ScoreCase.make(t);
  const { code, err } = await run.score(
    ...[MODELS.churn, CHURN, '-o', 'out.csv', '--id', 'customer', '--output-name', 'predict,predict_proba'],
  );
  assert.equal(code, 0, err);
  const expected = (await readFile(join(CHURN, '..', 'churn-expected.csv'), 'utf8')).trimEnd().split('\n').slice(1);
  const [header, ...lines] = await run.lines('out.csv');
  assert.equal(header, 'customer,predict,predict_proba_no,predict_proba_yes');
  assert.equal(lines.length, expected.length);
  lines.forEach((line, i) => {
    const [customer, label, ...proba] = line.split(',');
    const [wantedCustomer, wantedLabel, ...wantedProba] = expected[i].split(',');
    assert.deepEqual([customer, label], [wantedCustomer, wantedLabel]);
    for (const [j, value] of proba.entries()) {
      assert.ok(Math.abs(Number(value) - Number(wantedProba[j])) < 1e-12, line);
    }
  });
});

for (const [name, model] of Object.entries({ ...MODELS, churn: undefined, texts: undefined })) {
  if (model === undefined) continue;
  test(`${name}: a row each, ids kept, columns matched by name or place`, async (t) => {
    const run = await ScoreCase.make(t, { 'rows.csv': FOUR });
    const { code, err } = await run.score(model, 'rows.csv', '-o', 'out.csv', '--id', 'id');
    assert.equal(code, 0, err);
    const lines = await run.lines('out.csv');
    assert.deepEqual(
      lines.map((line) => line.split(',')[0]),
      ['id', 'a', 'b', 'c'],
    );
    const widths = lines.map((line) => line.split(',').length);
    assert.ok(widths[0] > 1 && widths.every((width) => width === widths[0]));
    // The outcome of the example's own rows: setosa, versicolor, virginica.
    const answers = lines.slice(1).map((line) => line.split(',').slice(1).map(Number));
    const classes = answers.map((row) => (row.length === 3 ? row.indexOf(Math.max(...row)) : row[0]));
    assert.deepEqual(classes, [0, 1, 2]);
  });
}

test('the same rows give the same answers from CSV of every kind, JSON Lines and standard output', async (t) => {
  const semicolons = FOUR.replaceAll(',', ';').replaceAll('\n', '\r\n');
  const quoted = FOUR.replaceAll(/[^,\n]+/g, '"$&"');
  const reordered = FOUR.split('\n')
    .map((line) => line.split(',').reverse().join(','))
    .join('\n');
  const records = FOUR.trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [id, ...cells] = line.split(',');
      const names = ['sepal_l', 'sepal_w', 'petal_l', 'petal_w'];
      return JSON.stringify({ id, note: 'é', ...Object.fromEntries(names.map((name, i) => [name, Number(cells[i])])) });
    });
  const run = await ScoreCase.make(t, {
    'rows.csv': FOUR,
    'semicolons.csv': semicolons,
    'tabs.tsv': FOUR.replaceAll(',', '\t'),
    'bars.txt': FOUR.replaceAll(',', '|'),
    'quoted.csv': quoted,
    'reordered.csv': reordered,
    'utf16.csv': Buffer.from(`\ufeff${FOUR}`, 'utf16le'),
    'bom.csv': `\ufeff${FOUR}`,
    'rows.jsonl': `${records.join('\n')}\n`,
  });
  const wanted = await run.score(MODELS.named, 'rows.csv', '--id', 'id');
  assert.equal(wanted.code, 0, wanted.err);
  for (const name of [
    'semicolons.csv',
    'tabs.tsv',
    'bars.txt',
    'quoted.csv',
    'reordered.csv',
    'utf16.csv',
    'bom.csv',
    'rows.jsonl',
  ]) {
    const { code, out, err } = await run.score(MODELS.named, name, '--id', 'id');
    assert.equal(code, 0, `${name}: ${err}`);
    assert.equal(out, wanted.out, name);
  }
});

test('Latin-1 says which option, and is read with it', async (t) => {
  const latin = FOUR.replace('a,', 'é,');
  const run = await ScoreCase.make(t, { 'rows.csv': Buffer.from(latin, 'latin1') });
  const refused = await run.score(MODELS.named, 'rows.csv', '--id', 'id');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /not UTF-8[\s\S]*--encoding latin1[\s\S]*InvalidTable/);
  const { out } = await run.score(MODELS.named, 'rows.csv', '--id', 'id', '--encoding', 'latin1');
  assert.match(out, /^é,/m);
});

test('without ids the rows are numbered; --keep all keeps every column; JSON Lines come out', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': FOUR });
  const plain = await run.score(MODELS.named, 'rows.csv');
  assert.match(plain.out, /^row,predict\n1,\d\n2,\d\n3,\d\n$/);
  const all = await run.score(MODELS.named, 'rows.csv', '--keep', 'all', '--proba');
  assert.match(all.out, /^id,sepal_l,sepal_w,petal_l,petal_w,predict_proba_\w+,.*\na,5\.1,3\.5,1\.4,0\.2,0\.\d+,/);
  assert.equal((await run.score(MODELS.named, 'rows.csv', '--id', 'id', '--id', 'petal_l', '-o', 'out.jsonl')).code, 0);
  const [first] = await run.lines('out.jsonl');
  assert.deepEqual(Object.keys(JSON.parse(first)), ['id', 'petal_l', 'predict']);
  assert.equal(JSON.parse(first).petal_l, 1.4);
});

test('rows that can not be scored go to the side file with line and reason, the others are scored', async (t) => {
  const text = `${FOUR}d,x,1,2,3\ne,1,2,3\nf,,1,2,3\n"g\ng",1,2,3,4\nh,1,2,3,4,5\n`;
  const run = await ScoreCase.make(t, { 'rows.csv': text });
  const { code, err } = await run.score(MODELS.named, 'rows.csv', '-o', 'out.csv', '--id', 'id');
  assert.equal(code, 1);
  assert.match(err, /4 rows of 8 could not be scored; they are in .*out\.csv\.errors\.csv[\s\S]*RowsFailed/);
  assert.deepEqual((await readFile(run.path('out.csv'), 'utf8')).match(/^("g|\w+),?/gm)?.length, 6);
  const lines = await run.lines('out.csv.errors.csv');
  assert.equal(lines[0], 'row,line,reason,text');
  assert.match(lines[1], /^4,5,"column ""sepal_l"" holds ""x"", which is not a number","d,x,1,2,3"$/);
  assert.match(lines[2], /^5,6,the row has 4 cells; the header has 5,"e,1,2,3"$/);
  assert.match(lines[3], /^6,7,.*NaN.*,"f,,1,2,3"$/);
  assert.match(lines[4], /^8,10,the row has 6 cells; the header has 5,"h,1,2,3,4,5"$/);
  const allowed = await run.score(MODELS.named, 'rows.csv', '-o', 'b.csv', '--id', 'id', '--max-errors', '4');
  assert.equal(allowed.code, 0, allowed.err);
  const stopped = await run.score(MODELS.named, 'rows.csv', '-o', 'c.csv', '--id', 'id', '--max-errors', '3');
  assert.equal(stopped.code, 1);
  assert.match(stopped.err, /4 rows failed, and 3 may[\s\S]*--resume with a larger --max-errors/);
  assert.ok(existsSync(run.path('c.csv.partial')) && !existsSync(run.path('c.csv')));
  const resumed = await run.score(
    ...[MODELS.named, 'rows.csv', '-o', 'c.csv', '--id', 'id', '--max-errors', '9', '--resume'],
  );
  assert.equal(resumed.code, 0, resumed.err);
  for (const ending of ['', '.errors.csv']) {
    assert.deepEqual(await run.lines(`c.csv${ending}`), await run.lines(`out.csv${ending}`));
  }
});

test('missing cells go to models that take them', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': FOUR.replace('6.7', '').replace('1.4,0.2', 'NA,null') });
  const { code, out, err } = await run.score(MODELS.xgboost, 'rows.csv', '--id', 'id');
  assert.equal(code, 0, err);
  assert.equal(out.split('\n').length, 5);
});

test('texts: a model of documents takes one column', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': 'id,text\n1,"my bill, please"\n2,a film tonight\n' });
  const { code, out, err } = await run.score(MODELS.texts, 'rows.csv', '--id', 'id');
  assert.equal(code, 0, err);
  assert.equal(out, 'id,predict\n1,billing\n2,film\n');
});

const BAD: readonly {
  name: string;
  files?: Record<string, string | Uint8Array>;
  args: string[];
  code: number;
  err: RegExp;
}[] = [
  { name: 'no arguments', args: [], code: 2, err: /name a model and a file/ },
  { name: 'no model', args: ['no.joblib', 'rows.csv'], code: 4, err: /no\.joblib[\s\S]*FileNotFound/ },
  { name: 'no table', args: [MODELS.named, 'no.csv'], code: 4, err: /no file .*no\.csv[\s\S]*FileNotFound/ },
  { name: 'a folder for a table', args: [MODELS.named, '.'], code: 1, err: /is a folder/ },
  {
    name: 'an empty file',
    files: { 'rows.csv': '' },
    args: [MODELS.named, 'rows.csv'],
    code: 1,
    err: /is empty[\s\S]*InvalidTable/,
  },
  {
    name: 'a header alone',
    files: { 'rows.csv': 'sepal_l,sepal_w,petal_l,petal_w\n' },
    args: [MODELS.named, 'rows.csv'],
    code: 1,
    err: /no rows besides its header/,
  },
  {
    name: 'missing columns, with what may be meant',
    files: { 'rows.csv': 'sepal_l,sepalw,petal_l,x\n1,2,3,4\n' },
    args: [MODELS.named, 'rows.csv'],
    code: 1,
    err: /lacks the columns "sepal_w", "petal_w"[\s\S]*did you mean "sepalw" for "sepal_w"[\s\S]*InvalidTable/,
  },
  {
    name: 'a column twice',
    files: { 'rows.csv': 'sepal_l,sepal_l,sepal_w,petal_l,petal_w\n1,1,2,3,4\n' },
    args: [MODELS.named, 'rows.csv'],
    code: 1,
    err: /two columns "sepal_l"/,
  },
  {
    name: 'too many columns for a model without names',
    args: [MODELS.xgboost, 'rows.csv'],
    code: 1,
    err: /takes 4 columns by position; the file has 5[\s\S]*--drop/,
  },
  {
    name: 'an unknown id',
    args: [MODELS.named, 'rows.csv', '--id', 'ID'],
    code: 1,
    err: /no column "ID"[\s\S]*its columns are id, sepal_l/,
  },
  {
    name: 'an unknown output',
    args: [MODELS.named, 'rows.csv', '--output-name', 'proba'],
    code: 2,
    err: /no output "proba"[\s\S]*predict_proba/,
  },
  {
    name: 'no row that can be scored',
    files: { 'rows.csv': 'sepal_l,sepal_w,petal_l,petal_w\na,b,c,d\n' },
    args: [MODELS.named, 'rows.csv'],
    code: 1,
    err: /can not score the first row[\s\S]*"a", which is not a number/,
  },
  {
    name: 'Parquet as output',
    args: [MODELS.named, 'rows.csv', '-o', 'out.parquet'],
    code: 2,
    err: /CSV or JSON Lines/,
  },
  {
    name: 'no folder for the output',
    args: [MODELS.named, 'rows.csv', '-o', 'no/out.csv'],
    code: 1,
    err: /folder is not there[\s\S]*FileNotWritable/,
  },
  {
    name: 'an output that is there',
    files: { 'out.csv': 'mine' },
    args: [MODELS.named, 'rows.csv', '-o', 'out.csv'],
    code: 1,
    err: /there already[\s\S]*--force[\s\S]*FileExists/,
  },
  {
    name: 'an output that is the input',
    args: [MODELS.named, 'rows.csv', '-o', './rows.csv', '--force'],
    code: 2,
    err: /is the file of rows itself[\s\S]*InvalidOption/,
  },
  {
    name: 'a side file that is the output',
    args: [MODELS.named, 'rows.csv', '-o', 'out.csv', '--errors', 'out.csv'],
    code: 2,
    err: /-o and --errors name one file/,
  },
  {
    name: 'a wrong separator',
    args: [MODELS.named, 'rows.csv', '--separator', 'ab'],
    code: 2,
    err: /one ASCII character/,
  },
  {
    name: 'the table before the model',
    args: ['rows.csv', MODELS.named],
    code: 2,
    err: /rows\.csv is a table, and the model stands first/,
  },
  {
    name: 'an unknown encoding',
    args: [MODELS.named, 'rows.csv', '--encoding', 'klingon'],
    code: 2,
    err: /utf-8, utf-16le/,
  },
  {
    name: 'both --force and --resume',
    args: [MODELS.named, 'rows.csv', '-o', 'o.csv', '--force', '--resume'],
    code: 2,
    err: /give one of them/,
  },
  { name: '--resume without a file', args: [MODELS.named, 'rows.csv', '--resume'], code: 2, err: /-o scored\.csv/ },
  {
    name: 'a quote that never closes',
    files: { 'rows.csv': `${FOUR}"${'x\n'.repeat(9_000_000)}` },
    args: [MODELS.named, 'rows.csv', '-o', 'out.csv'],
    code: 1,
    err: /line 5[\s\S]*not closed/,
  },
];
for (const { name, files, args, code, err } of BAD) {
  test(`kind error: ${name}`, async (t) => {
    const run = await ScoreCase.make(t, { 'rows.csv': FOUR, ...files });
    const ran = await run.score(...args);
    assert.match(ran.err, err);
    assert.equal(ran.code, code, ran.err);
    assert.doesNotMatch(ran.err, /something went wrong inside/);
    assert.equal(ran.out, '');
  });
}

test('--force replaces, --resume of a whole output does nothing', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': FOUR, 'out.csv': 'old', 'out.csv.errors.csv': 'old' });
  assert.equal((await run.score(MODELS.named, 'rows.csv', '-o', 'out.csv', '--force', '--quiet')).err, '');
  const lines = await run.lines('out.csv');
  assert.equal(lines.length, 4);
  assert.ok(!existsSync(run.path('out.csv.errors.csv')));
  const { code, err } = await run.score(MODELS.named, 'rows.csv', '-o', 'out.csv', '--resume');
  assert.equal(code, 0);
  assert.match(err, /complete already/);
});

test('what a run leaves that ended between its last renames is gone on with', async (t) => {
  const text = `${FOUR}d,1\n`;
  const run = await ScoreCase.make(t, { 'rows.csv': text });
  const args = [MODELS.named, 'rows.csv', '-o', 'out.csv', '--id', 'id'];
  assert.equal((await run.score(...args, '--max-errors', '0')).code, 1);
  const journal = await readFile(run.path('out.csv.partial.json'));
  await rename(run.path('out.csv.errors.csv.partial'), run.path('out.csv.errors.csv'));
  const resumed = await run.score(...args, '--max-errors', '1', '--resume');
  assert.equal(resumed.code, 0, resumed.err);
  assert.equal((await run.lines('out.csv.errors.csv')).length, 2);
  assert.equal((await run.lines('out.csv')).length, 4);
  await writeFile(run.path('out.csv.partial.json'), journal);
  assert.match((await run.score(...args, '--resume')).err, /complete already/);
  assert.ok(!existsSync(run.path('out.csv.partial.json')));
});

test('threads give the same bytes as none', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': irisRows(30_000) });
  const common = [MODELS.xgboost, 'rows.csv', '--id', 'id', '--part-size', '50000'];
  for (const jobs of ['1', '2', '3']) {
    const { code, err } = await run.score(...common, '-o', `${jobs}.csv`, '--jobs', jobs);
    assert.equal(code, 0, err);
  }
  const [one, two, three] = await Promise.all(['1', '2', '3'].map((jobs) => readFile(run.path(`${jobs}.csv`), 'utf8')));
  assert.equal(one.split('\n').length, 30_002);
  assert.ok(one === two && two === three);
});

test('a partial output is refused where input, model or options are others', async (t) => {
  const run = await ScoreCase.make(t, { 'rows.csv': `${irisRows(200)}bad,1\n${irisRows(200).replace(/.*\n/, '')}` });
  const args = [MODELS.named, 'rows.csv', '-o', 'out.csv', '--id', 'id', '--part-size', '2000', '--max-errors', '0'];
  assert.equal((await run.score(...args)).code, 1);
  assert.match((await run.score(...args)).err, /did not end[\s\S]*--resume goes on/);
  assert.match((await run.score(...args, '--proba', '--resume')).err, /the options are others[\s\S]*--force/);
  await writeFile(run.path('rows.csv'), irisRows(500));
  assert.match((await run.score(...args, '--resume')).err, /input file has changed/);
  await writeFile(run.path('out.csv.partial.json'), '{"version":1}');
  assert.match((await run.score(...args, '--resume')).err, /not a journal/);
  assert.equal((await run.score(...args, '--force')).code, 0);
  assert.ok(!existsSync(run.path('out.csv.partial')) && !existsSync(run.path('out.csv.partial.json')));
});
