/** Every command with every kind of mistake: what is typed, what it ends with, what it says. */
import { spawnSync } from 'node:child_process';

/** One mistake. */
export interface Refusal {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly text: RegExp;
  readonly json?: boolean;
  /** As a user without rights, where the checks run as root. */
  readonly unprivileged?: boolean;
}

type Reader = readonly [command: string, args: (path: string) => string[]];

const ALLOW = ['--allow-code'];
/** Commands that read a model. */
const MODEL_READERS: readonly Reader[] = [
  ['inspect', (model) => ['inspect', model]],
  ['inspect -o json', (model) => ['inspect', model, '-o', 'json']],
  ['score', (model) => ['score', model, 'rows.csv', '-o', 'out.csv']],
  ['verify', (model) => ['verify', model, ...ALLOW, '--python', 'dies']],
  ['verify -o json', (model) => ['verify', model, ...ALLOW, '--python', 'dies', '-o', 'json']],
  ['new isvc', (model) => ['new', 'isvc', model, '-o', 'made.yaml']],
];
/** What is at the path, the exit code, what is said. */
const MODELS: readonly (readonly [string, number, RegExp])[] = [
  ['modle.joblib', 4, /no file or folder modle\.joblib[\s\S]*did you mean model\.joblib/],
  ['no-folder/model.joblib', 4, /no file or folder no-folder\/model\.joblib[\s\S]*there is no folder/],
  ['', 2, /empty/],
  ['empty', 1, /no model file found; the folder holds nothing/],
  ['texts', 1, /no model file found; the folder holds a\.txt/],
  ['two', 1, /a\.joblib, b\.joblib/],
  ['cut.joblib', 1, /damaged at byte/],
  ['nothing.pkl', 1, /is empty \(0 bytes\)/],
  ['vast.pkl', 1, /does not start like a sklearn model/],
  ['page.onnx', 1, /is an HTML page, not a model/],
  ['page.joblib', 1, /is an HTML page, not a model/],
  ['pointer.joblib', 1, /Git LFS/],
  ['zip.joblib', 1, /archive|zip/i],
  ['other.json', 1, /no known format/],
  ['colour.txt', 1, /no known format/],
  ['loop', 1, /leads back to itself/],
  ['pipe.pkl', 1, /is a pipe, not a file/],
  ['/dev/zero', 1, /is a device, not a file/],
];
/** Commands that read a table. */
const TABLE_READERS: readonly Reader[] = [
  ['score', (table) => ['score', 'model.joblib', table, '-o', 'out.csv']],
  ['verify', (table) => ['verify', 'model.joblib', '--data', table, ...ALLOW, '--python', 'dies']],
  ['predict', (table) => ['predict', 'iris', table]],
];
/** Files that no command can take for a table, whatever the model. */
const NO_TABLES: readonly (readonly [string, number, RegExp])[] = [
  ['rosw.csv', 4, /no file rosw\.csv[\s\S]*did you mean rows\.csv/],
  ['empty', 1, /empty is a folder/],
  ['pipe.csv', 1, /is a pipe, not a file/],
  ['/dev/zero', 1, /is a device, not a file/],
  ['loop', 1, /leads back to itself/],
];
/** What `score` says of tables that are there. */
const TABLES: readonly (readonly [string, RegExp])[] = [
  ['few.csv', /4 columns|lacks/],
  ['many.csv', /4 columns[\s\S]*--drop/],
  ['head.csv', /no rows besides its header/],
  ['nothing.csv', /the file is empty/],
  ['blank.csv', /no rows/],
  ['ragged.csv', /row 3: the row has 2 cells; the header has 4/],
  ['quote.csv', /which is not a number|quote/],
  ['comma.csv', /decimal commas are not read/],
  ['le.csv', /--encoding utf-16le/],
  ['be.csv', /--encoding utf-16be/],
  ['latin.csv', /--encoding latin1/],
  ['nul.csv', /NUL bytes/],
  ['words.csv', /which is not a number/],
  ['word.csv', /row 1: column "c" holds "abc", which is not a number/],
  ['odd.csv', /"1_000", which is not a number/],
  ['date.csv', /"2024-01-01", which is not a number/],
  ['missing.csv', /NaN/],
  ['escape.csv', /which is not a number/],
  ['page.csv', /HTML or XML page, not a table/],
  ['json.csv', /called CSV and holds JSON/],
  ['gzip.csv', /compressed[\s\S]*gunzip/],
  ['sheet.xlsx', /Excel[\s\S]*CSV/],
  ['bad.parquet', /damaged or cut short/],
  ['cut.parquet', /damaged or cut short/],
  ['tiny.parquet', /damaged or cut short/],
  ['none.parquet', /called Parquet but is not/],
  ['bad.jsonl', /row 2: the line is not JSON/],
  ['number.jsonl', /line 1: the line is neither/],
  ['pretty.jsonl', /line 1: the line is not JSON/],
];
const YAMLS: readonly (readonly [string, number, RegExp])[] = [
  ['bad.yaml', 3, /not valid YAML[\s\S]*bad\.yaml:\d+/],
  ['binary.yaml', 3, /is no text/],
  ['utf16.yaml', 3, /UTF-16[\s\S]*save it as UTF-8/],
  ['typo.yaml', 3, /did you mean "model"/],
  ['vast.pkl', 3, /is it a model file/],
  ['model.joblib', 3, /is no text|an object with apiVersion/],
  ['bda.yaml', 4, /did you mean bad\.yaml/],
  ['empty', 4, /no YAML file in empty/],
  ['loop', 1, /leads back to itself/],
  ['', 2, /empty/],
];
const PYTHONS: readonly (readonly [string, number, RegExp])[] = [
  ['', 2, /empty value/],
  ['no-such-python', 4, /can not be started: there is no such program/],
  ['./no-such-python', 4, /there is no Python/],
  ['empty', 4, /is no virtual environment/],
  ['text-python', 1, /not executable/],
  ['./dies', 1, /ended by SIGKILL/],
  ['./exits', 1, /ended with code 3/],
  ['./ends', 1, /ended with code 0/],
  ['./prints', 1, /an answer that is none/],
  ['./hangs', 1, /no answer in 1 s/],
];

/** What `apply` says of YAML, where there is a platform. */
export function applyRefusals(kubeconfig: string): Refusal[] {
  return YAMLS.map(([path, code, text]) => ({
    name: `apply -f "${path}"`,
    args: ['apply', '-f', path, '--kubeconfig', kubeconfig],
    code,
    text,
  }));
}

/** `busy`: a port that another process listens on. */
export function refusals(busy: number): Refusal[] {
  const all: Refusal[] = [];
  const add = (name: string, args: string[], code: number, text: RegExp, more: Partial<Refusal> = {}) =>
    all.push({ name, args, code, text, ...more });
  for (const [command, args] of MODEL_READERS) {
    for (const [path, code, text] of MODELS) {
      add(`${command} of the model "${path}"`, args(path), code, text, { json: command.endsWith('json') });
    }
  }
  for (const [path, code, text] of MODELS.slice(0, 3)) add(`serve "${path}"`, ['serve', path], code, text);
  for (const path of ['loop', 'pipe.pkl', '/dev/zero']) add(`serve ${path}`, ['serve', path], 1, /itself|not a file/);
  for (const [command, args] of TABLE_READERS) {
    for (const [path, code, text] of NO_TABLES) add(`${command} of the rows ${path}`, args(path), code, text);
  }
  const [, score] = TABLE_READERS[0] as Reader;
  for (const [path, text] of TABLES) add(`score of ${path}`, [...score(path), '--force'], 1, text);
  for (const command of ['check', 'run']) {
    for (const [path, code, text] of YAMLS) add(`${command} -f "${path}"`, [command, '-f', path], code, text);
  }
  add('check of YAML that is none, as JSON', ['check', '-f', 'bda.yaml', '-o', 'json'], 4, /bda/, { json: true });
  add('run of a YAML without a service', ['run', '-f', 'none.yaml'], 3, /no InferenceService/);
  for (const [python, code, text] of PYTHONS) {
    const args = ['verify', 'model.joblib', ...ALLOW, '--python', python, '--timeout', '1s', '-o', 'json'];
    add(`verify by the Python "${python}"`, args, code, text, { json: true });
  }
  // A real one that has not got the library.
  if (spawnSync('python3', ['--version']).status === 0) {
    const args = ['verify', 'model.joblib', ...ALLOW, '--python', './lacks'];
    add(
      'verify by a Python without the library',
      args,
      4,
      /has no scikit-learn[\s\S]*pip install[\s\S]*LibraryMissing/,
    );
  } else console.log('# skipped: a Python without the library (there is no python3)');
  add('verify without a word on code', ['verify', 'model.joblib'], 2, /--allow-code/);
  add(
    'verify without rights to the rows',
    ['verify', 'model.joblib', '--data', 'secret.joblib', ...ALLOW],
    1,
    /permission denied/,
    {
      unprivileged: true,
    },
  );
  for (const [command, args] of MODEL_READERS) {
    add(`${command} without rights to the model`, args('secret.joblib'), 1, /permission denied/, {
      unprivileged: true,
    });
  }
  // Outputs
  const onto = (output: string, ...more: string[]) => ['score', 'model.joblib', 'rows.csv', '-o', output, ...more];
  add('score onto its rows', onto('./rows.csv', '--force'), 2, /the file of rows itself/);
  add('score with one name twice', onto('x.csv', '--errors', 'x.csv'), 2, /name one file/);
  add('score onto what is there', onto('few.csv'), 1, /is there already[\s\S]*--force/);
  add('score into no folder', onto('no-folder/x.csv'), 1, /its folder is not there/);
  add('score into a file as a folder', onto('rows.csv/x.csv'), 1, /its folder is a file/);
  add('score onto an unknown kind', onto('x.parquet'), 2, /CSV or JSON Lines/);
  add('score into a read-only folder', onto('readonly/x.csv'), 1, /permission denied/, { unprivileged: true });
  add('score with nothing to resume to', ['score', 'model.joblib', 'rows.csv', '--resume'], 2, /--resume/);
  const made = (output: string) => ['new', 'isvc', 'model.joblib', '-o', output];
  add('new over a file', made('taken.yaml'), 1, /is there already/);
  add('new into a read-only folder', made('readonly/x.yaml'), 1, /permission denied/, { unprivileged: true });
  add('new into no folder', made('no-folder/x.yaml'), 1, /its folder is not there/);
  add('new of another kind', ['new', 'isvcc', 'model.joblib'], 2, /did you mean "berth new isvc"/);
  // Ports and addresses
  for (const command of [
    ['serve', 'model.joblib'],
    ['up', '--state-dir', 'state'],
  ]) {
    const free = command[0] === 'up' ? ['--api-port', '0'] : ['--grpc-port', '0'];
    const name = command[0];
    add(
      `${name} on a port in use`,
      [...command, ...free, '--http-port', String(busy)],
      1,
      /in use by[\s\S]*--http-port/,
    );
    add(`${name} on a port that is none`, [...command, '--http-port', '70000'], 2, /whole number/);
    add(
      `${name} open to all without keys`,
      [...command, ...free, '--http-port', '0', '--host', '0.0.0.0'],
      1,
      /keys|auth/,
    );
    add(
      `${name} on an address of nobody`,
      [...command, ...free, '--http-port', '0', '--host', '203.0.113.7', '--insecure-no-auth'],
      1,
      /203\.0\.113\.7/,
    );
  }
  add(
    'serve on a port of the system',
    ['serve', 'model.joblib', '--http-port', '80', '--grpc-port', '0'],
    1,
    /port 80/,
    {
      unprivileged: true,
    },
  );
  add(
    'serve with one port twice',
    ['serve', 'model.joblib', '--http-port', '18099', '--grpc-port', '18099'],
    2,
    /are both 18099/,
  );
  add('serve of a format that is none', ['serve', 'model.joblib', '--format', 'sklaern'], 2, /did you mean sklearn/);
  add('serve under a name that is none', ['serve', 'model.joblib', '--name', 'a/b'], 2, /can not be a model's name/);
  add(
    'up on a state folder that is a file',
    ['up', '--state-dir', 'rows.csv', '--http-port', '0', '--api-port', '0'],
    1,
    /a file of that name/,
  );
  add(
    'up in a read-only folder',
    ['up', '--state-dir', 'readonly/s', '--http-port', '0', '--api-port', '0'],
    1,
    /permission denied/,
    {
      unprivileged: true,
    },
  );
  add(
    'cache of a folder that is a file',
    ['cache', 'prune', '--cache-dir', 'rows.csv'],
    2,
    /is a file, not the folder/,
  );
  add('serve with a cache that is a file', ['inspect', 'http://127.0.0.1:18/x', '--cache-dir', 'rows.csv'], 1, /file/);
  // Requests
  const ask = (url: string, ...more: string[]) => ['predict', 'iris', 'rows.csv', '--url', url, ...more];
  add('predict where nothing listens', ask('http://127.0.0.1:18'), 1, /nothing listens/);
  add('predict at a name of nobody', ask('http://no-such-host.invalid'), 1, /does not resolve|can not be asked/);
  add('predict of a server that is silent', ask(`http://127.0.0.1:${busy}`, '--timeout', '1s'), 1, /no answer in time/);
  add('predict as JSON of nothing', ask('http://127.0.0.1:18', '-o', 'json'), 1, /nothing listens/, { json: true });
  add('predict of no file', ['predict'], 2, /name a model and a file/);
  add('predict of a request that is cut', ['predict', 'iris', '-f', 'bad.yaml'], 1, /not JSON/);
  add('predict of an empty request', ['predict', 'iris', '-f', 'nothing.pkl'], 1, /is empty/);
  add('predict of a request of 10 GB', ['predict', 'iris', '-f', 'vast.pkl'], 1, /larger than a request/);
  // Words
  for (const name of ['serve', 'score', 'verify', 'inspect', 'check', 'run', 'apply', 'completion']) {
    add(`${name} without a word`, [name], 2, /name |berth /);
  }
  for (const name of ['score', 'verify', 'inspect', 'check', 'predict', 'new', 'run', 'apply', 'up', 'cache']) {
    add(`${name} with an option of nobody`, [name, '--no-such-option'], 2, /no-such-option/);
  }
  add('a command that is none', ['serv', 'x'], 2, /did you mean "berth serve"/);
  add('help for a code that is none', ['help', 'ModelLayuot'], 2, /did you mean "berth help ModelLayout"/);
  add('help for a word that is none', ['help', 'xyzzyxyzzy'], 2, /berth help lists/);
  add('completion for a shell that is none', ['completion', 'bsah'], 2, /did you mean "berth completion bash"/);
  add('cache of a word that is none', ['cache', 'purne', '--cache-dir', 'cache'], 2, /purne/);
  add('apply without a platform', ['apply', '-f', 'good.yaml', '--state-dir', 'state'], 1, /no platform|berth up/i);
  return all;
}
