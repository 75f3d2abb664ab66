/** Files that are not what they should be, made in a folder. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const HEADER = 'a,b,c,d\n';
const ROWS = '5.1,3.5,1.4,0.2\n6.2,2.9,4.3,1.3\n';
const PAGE = '<!doctype html><html><body>Sign in</body></html>\n';

/** `good`: a model file of four features. Makes what the tables of the checks name. */
export function makeBadFiles(folder: string, good: string): void {
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  const at = (name: string) => join(folder, name);
  copyFileSync(good, at('model.joblib'));
  const bytes = execFileSync('head', ['-c', '300', good]);
  // Models
  put('cut.joblib', bytes);
  put('nothing.pkl', '');
  put('vast.pkl', '');
  truncateSync(at('vast.pkl'), 10 * 2 ** 30);
  put('page.onnx', PAGE);
  put('page.joblib', PAGE);
  put('pointer.joblib', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n');
  put('zip.joblib', Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1'));
  put('other.json', '{"a": 1}');
  put('colour.txt', '\x1b[31mred\x1b[0m');
  symlinkSync('loop', at('loop'));
  execFileSync('mkfifo', [at('pipe.pkl'), at('pipe.csv')]);
  for (const name of ['empty', 'texts', 'two', 'readonly']) mkdirSync(at(name));
  put('texts/a.txt', 'hi');
  for (const name of ['a', 'b']) copyFileSync(good, at(`two/${name}.joblib`));
  copyFileSync(good, at('secret.joblib'));
  chmodSync(at('secret.joblib'), 0o000);
  chmodSync(at('readonly'), 0o555);
  // Tables
  put('rows.csv', HEADER + ROWS);
  put('few.csv', 'a,b,c\n5.1,3.5,1.4\n');
  put('many.csv', 'a,b,c,d,e\n5.1,3.5,1.4,0.2,9\n');
  put('head.csv', HEADER);
  put('nothing.csv', '');
  put('blank.csv', '\n\n\n');
  put('ragged.csv', `${HEADER}${ROWS}1,2\n${ROWS}`);
  put('quote.csv', `${HEADER}${ROWS}"5.1,3.5,1.4,0.2\n6.2,2.9,4.3,1.3\n`);
  put('comma.csv', 'a;b;c;d\n5,1;3,5;1,4;0,2\n');
  put('le.csv', Buffer.from(HEADER + ROWS, 'utf16le'));
  put('be.csv', Buffer.from(HEADER + ROWS, 'utf16le').swap16());
  put('latin.csv', Buffer.from('a,b,c,bl\xe5\n1,2,3,4\n', 'latin1'));
  put('nul.csv', `${HEADER}5,3,\0,0.2\n`);
  put('words.csv', `${HEADER}x,y,z,w\n`);
  put('word.csv', `${HEADER}5,3,abc,0.2\n${ROWS}`);
  put('odd.csv', `${HEADER}5,1_000,1,0.2\n${ROWS}`);
  put('date.csv', `${HEADER}2024-01-01,3,1,0.2\n`);
  put('missing.csv', `${HEADER}5,,1,0.2\n${ROWS}`);
  put('escape.csv', `${HEADER}5,\x1b[2J,1,0.2\n${ROWS}`);
  put('page.csv', PAGE);
  put('json.csv', '{"instances": [[5, 3, 1, 0.2]]}');
  put('gzip.csv', gzipSync(HEADER + ROWS));
  put('sheet.xlsx', 'PK\x03\x04xxxxxxxxxxxxxx');
  put('bad.parquet', `PAR1${'\0'.repeat(100)}PAR1`);
  put('cut.parquet', `PAR1${'\0'.repeat(100)}`);
  put('none.parquet', 'hello');
  put('tiny.parquet', 'PAR1');
  put('bad.jsonl', '{"a":5,"b":3,"c":1,"d":0.2}\n{bad\n');
  put('number.jsonl', '5\n6\n');
  put('pretty.jsonl', '{\n "a": 5\n}\n');
  // YAML
  put('bad.yaml', 'a: [1\n');
  put('none.yaml', '');
  put('binary.yaml', Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 256)));
  put('utf16.yaml', Buffer.from('\ufeffkind: Foo\n', 'utf16le'));
  put('typo.yaml', isvc('modle: {}'));
  put('taken.yaml', 'mine');
  // Pythons
  for (const [name, script] of [
    ['dies', 'kill -9 $$'],
    ['exits', 'exit 3'],
    ['prints', 'echo rubbish rubbish rubbish rubbish; sleep 60'],
    ['hangs', 'exec sleep 600'],
    ['ends', ''],
    // Without its site packages it has no library.
    ['lacks', 'exec python3 -S "$@"'],
  ] as const) {
    put(name, `#!/bin/sh\n${script}\n`);
    chmodSync(at(name), 0o755);
  }
  put('text-python', 'not a program');
}

function isvc(predictor: string): string {
  return `apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: x}\nspec: {predictor: {${predictor}}}\n`;
}
