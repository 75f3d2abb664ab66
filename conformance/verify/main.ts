/**
 * `berth verify` with the real libraries: models of each format that agree, one that was tampered with, a malicious pickle,
 * libraries that crash, loop and print, another release, a Python without any library.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { python } from '../environments.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..', '..');
const BERTH = join(ROOT, 'packages', 'cli', 'bin', 'berth.js');
const XGBOOST_GOLDEN = join(ROOT, 'packages', 'formats', 'src', 'xgboost', 'golden');
const ONNX_GOLDEN = join(ROOT, 'packages', 'formats', 'src', 'onnx', 'golden');

/** What this looks at of a report. */
interface Report {
  readonly schema: string;
  readonly verdict: string;
  readonly exitCode: number;
  readonly warnings: readonly string[];
  readonly rows: { readonly compared: number; readonly mismatching: number; readonly refusedByBoth: number };
  readonly outputs: readonly { readonly name: string; readonly compared: boolean; readonly mismatches?: number }[];
  readonly firstMismatch?: { readonly output: string; readonly input: Record<string, unknown> };
  readonly failure?: { readonly stage: string; readonly message: string };
}

const work = mkdtempSync(join(tmpdir(), 'verify-'));
const counts = { passed: 0, failed: 0 };
let values = 0;

function check(name: string, passed: boolean, detail: string): void {
  counts[passed ? 'passed' : 'failed']++;
  console.log(passed ? `ok ${name}` : `not ok ${name}\n${detail}`);
}

function verify(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BERTH, 'verify', ...args], {
    encoding: 'utf8',
    cwd: work,
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  return { status, stdout, stderr, text: `${status}\n${stdout.slice(0, 3000)}\n${stderr.slice(0, 3000)}` };
}

function report(args: readonly string[], env: Record<string, string> = {}) {
  const result = verify([...args, '-o', 'json'], env);
  let parsed: Report | undefined;
  try {
    parsed = JSON.parse(result.stdout) as Report;
  } catch {
    // The check that follows shows what was printed instead.
  }
  return { ...result, report: parsed };
}

/** The library and Berth agree, and every output of the model was compared. */
function agrees(name: string, args: readonly string[], outputs?: number): void {
  const { status, report: one, text } = report(args);
  const compared = one?.outputs?.filter((output) => output.compared).length ?? 0;
  const all = outputs ?? one?.outputs?.length;
  const passed = status === 0 && one?.verdict === 'equal' && one.rows.compared > 0 && compared === all && compared > 0;
  values += one?.rows?.compared ?? 0;
  check(`${name}: equal`, passed, text);
}

function formats(interpreter: string): void {
  const at = (name: string) => join(work, name);
  const base = ['--python', interpreter, '--allow-code'];
  for (const name of [
    'columns.joblib',
    'texts.joblib',
    'tree.joblib',
    'regressor.joblib',
    'missing.joblib',
    'targets.joblib',
    'calibrated.joblib',
    'linear.pkl',
    'xgb-booster.pkl',
    'xgb-classifier.joblib',
    'lgb-classifier.joblib',
  ]) {
    agrees(name, [at(name), ...base]);
  }
  // Nothing of these runs: no permission is asked for.
  for (const name of [
    'booster.json',
    'booster.ubj',
    'named.json',
    'xgb-categories.json',
    'lightgbm.txt',
    'lgb-categories.txt',
  ]) {
    agrees(name, [at(name), '--python', interpreter]);
  }
  for (const name of ['regressor', 'zipmap-int', 'mixed-columns', 'function', 'external']) {
    agrees(`${name}.onnx`, [join(ONNX_GOLDEN, `${name}.onnx`), '--python', interpreter]);
  }
  agrees('a pipeline with text columns on a CSV', [at('columns.joblib'), ...base, '--data', 'people.csv']);
  agrees('the same on JSON lines', [at('columns.joblib'), ...base, '--data', 'people.jsonl']);
  agrees('texts of a CSV', [at('texts.joblib'), ...base, '--data', 'texts.csv']);
  agrees('numbers without a header', [at('tree.joblib'), ...base, '--data', 'numbers.csv']);
  agrees('missing cells of a CSV', [at('missing.joblib'), ...base, '--data', 'missing.csv']);
  agrees('named columns of a CSV', [at('named.json'), '--python', interpreter, '--data', 'missing.csv']);
  agrees('categories of a CSV', [at('lgb-categories.txt'), '--python', interpreter, '--data', 'people.csv']);
}

function refusals(interpreter: string): void {
  const linear = join(work, 'linear.pkl');
  const base = [linear, '--python', interpreter, '--allow-code'];
  const both = report([...base, '--data', 'missing.csv']);
  const refused = both.report?.rows?.refusedByBoth ?? 0;
  check('rows that both refuse are counted, the others compared', both.status === 0 && refused > 50, both.text);

  const silent = verify([linear, '--python', interpreter]);
  check('a pickle needs --allow-code', silent.status === 2 && /--allow-code/.test(silent.stderr), silent.text);
  const mark = join(work, 'code-ran');
  const malicious = join(work, 'malicious.pkl');
  const asked = verify([malicious, '--python', interpreter]);
  check('a malicious pickle is not run unasked', asked.status === 2 && !existsSync(mark), asked.text);
  const allowed = report([malicious, '--python', interpreter, '--allow-code']);
  const untouched = allowed.status === 1 && allowed.report?.failure?.stage === 'native' && !existsSync(mark);
  check('what Berth refuses is not run even if allowed', untouched, allowed.text);

  const gone = verify([...base.slice(0, 1), '--allow-code', '--python', 'nowhere/python']);
  check('a Python that is not there', gone.status === 4 && /nowhere/.test(gone.stderr), gone.text);
  const columns = verify([join(work, 'columns.joblib'), ...base.slice(1), '--data', 'missing.csv']);
  check('a table without the columns', columns.status === 2 && /columns/.test(columns.stderr), columns.text);
  const table = verify([...base, '--data', 'nowhere.csv']);
  check('a table that is not there', table.status === 4 && /nowhere\.csv/.test(table.stderr), table.text);
}

function misbehaviour(interpreter: string): void {
  const base = [join(work, 'linear.pkl'), '--python', interpreter, '--allow-code'];
  const trick = (name: string) => ({ PYTHONPATH: join(HERE, 'tricks'), VERIFY_TRICK: name });
  const tampered = report(base, trick('tamper'));
  const first = tampered.report?.firstMismatch;
  const shown = tampered.status === 1 && tampered.report?.verdict === 'different' && first !== undefined;
  check('a tampered coefficient is found, with its row', shown && Object.keys(first.input).length === 5, tampered.text);
  const loose = report([...base, '--rtol', '0.1', '--atol', '100'], trick('tamper'));
  const floats = loose.report?.outputs?.filter(({ name }) => name !== 'predict') ?? [];
  check('tolerances are taken', floats.length > 0 && floats.every((one) => one.mismatches === 0), loose.text);
  const printed = report(base, trick('print'));
  check(
    'what the model prints does not meet the report',
    printed.status === 0 && printed.report !== undefined,
    printed.text,
  );
  const asking = report(base, trick('input'));
  check('a model that reads standard input gets none', asking.status === 0, asking.text);
  for (const [name, what] of [
    ['crash', /SIGSEGV/],
    ['exit', /code 7/],
    ['raise', /SystemExit/],
  ] as const) {
    const lost = report(base, trick(name));
    const told =
      lost.status === 1 && lost.report?.verdict === 'not-compared' && what.test(lost.report.failure?.message ?? '');
    check(`a library that ends by ${name}`, told, lost.text);
  }
  const pids = join(work, 'pids');
  const slow = report([...base, '--timeout', '4s'], { ...trick('loop'), VERIFY_PIDS: pids });
  const timely = slow.status === 1 && /no answer in 4 s/.test(slow.report?.failure?.message ?? '');
  check('an endless loop ends with the timeout, helpers too', timely && allGone(pids), slow.text);
}

async function interruption(interpreter: string): Promise<void> {
  const pids = join(work, 'pids-interrupted');
  const env = { ...process.env, PYTHONPATH: join(HERE, 'tricks'), VERIFY_TRICK: 'loop', VERIFY_PIDS: pids };
  const args = [BERTH, 'verify', join(work, 'linear.pkl'), '--python', interpreter, '--allow-code'];
  const child = spawn(process.execPath, args, { env, cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
  await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes(' '));
  child.kill('SIGINT');
  check('Ctrl-C: exit code 130', (await exitCode(child)) === 130, 'another exit code');
  check('Ctrl-C: Python and its helpers are gone', await until(() => allGone(pids)), readFileSync(pids, 'utf8'));

  rmSync(pids);
  const killed = spawn(process.execPath, args, { env, cwd: work, stdio: 'ignore' });
  await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes(' '));
  const [main, helper] = readFileSync(pids, 'utf8').split(' ').map(Number);
  // The launcher may have started the pinned Node: the one that owns Python is to die.
  killed.kill('SIGKILL');
  check('Berth killed: Python ends by itself', await until(() => !isAlive(main)), String(main));
  if (isAlive(helper)) process.kill(helper, 'SIGKILL');
}

function versions(interpreter: string, old: string): void {
  const linear = [join(work, 'linear.pkl'), '--allow-code', '--python'];
  const other = report([...linear, old]);
  const told = other.report?.warnings?.some((text) => text.includes('this Python has 1.5.2')) === true;
  const warned = other.report?.warnings?.some((text) => text.includes('InconsistentVersionWarning')) === true;
  // It may work or not; in both cases the report says which release ran.
  const honest = told ? warned : /1\.5\.2/.test(other.report?.failure?.message ?? '');
  check('another release of the library is told', honest, other.text);
  agrees('an old binary file in an old XGBoost', [
    join(XGBOOST_GOLDEN, '1.7.6', 'gbtree_binary_logistic_7.deprecated'),
    '--python',
    old,
  ]);
  const bare = join(work, 'bare');
  execFileSync('python3', ['-m', 'venv', '--without-pip', bare]);
  const missing = verify([...linear, bare]);
  const kind = missing.status === 4 && missing.stderr.includes('pip install scikit-learn==');
  check('a Python without the library', kind && missing.stderr.includes(join(bare, 'bin')), missing.text);
  const found = report([join(work, 'linear.pkl'), '--allow-code'], { VIRTUAL_ENV: join(interpreter, '..', '..') });
  check('the active virtual environment is found', found.status === 0, found.text);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A zombie of a container without an init is as good as gone.
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '';
  return !/\) Z /.test(stat);
}

function allGone(file: string): boolean {
  return readFileSync(file, 'utf8')
    .split(' ')
    .map(Number)
    .every((pid) => !isAlive(pid));
}

async function until(condition: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) if (condition()) return true;
  return false;
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return child.exitCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.on('exit', resolve));
}

try {
  const interpreter = python('verify');
  execFileSync(interpreter, [join(HERE, 'make_models.py'), work], { stdio: 'inherit' });
  formats(interpreter);
  refusals(interpreter);
  misbehaviour(interpreter);
  await interruption(interpreter);
  versions(interpreter, python('verify-old'));
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed; ${values} rows compared`);
if (counts.failed > 0) process.exitCode = 1;
