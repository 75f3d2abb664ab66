import type { TableOptions } from '@berth/tables';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { givenDialect } from '../arguments/table-options.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath } from '../paths/input-path.ts';
import { codeLine } from '../terminal/code-line.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import type { Io } from '../terminal/io.ts';
import { findPython } from '../verify/find-python.ts';
import { findModel } from '../verify/native-model.ts';
import { reportText } from '../verify/report-text.ts';
import { runsCode, type VerifyOptions, verify } from '../verify/run-verify.ts';

/** The row of the table of errors that a verdict is. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['different', 'ModelsDiffer'],
  ['not-compared', 'Failed'],
  ['incomplete', 'Failed'],
]);

const OPTIONS: OptionSpecs = {
  data: { type: 'string', value: 'FILE', help: 'rows to compare: CSV, JSON lines or Parquet; default made-up rows' },
  columns: { type: 'string', value: 'A,B,…', help: "the table's columns that the model takes, in its order" },
  separator: { type: 'string', value: 'CHAR', help: 'between the cells of a CSV; default by content' },
  encoding: { type: 'string', value: 'NAME', help: 'of a text file; default UTF-8, or as its byte order mark says' },
  'no-header': { type: 'boolean', help: 'the first row of a CSV holds values, not names' },
  python: { type: 'string', value: 'PATH', help: 'Python with the library; default .venv, $VIRTUAL_ENV, python3' },
  'allow-code': { type: 'boolean', help: 'let that Python unpickle the model, which runs code that the model holds' },
  rows: { type: 'string', value: 'N', help: 'rows to make up; default 1000' },
  seed: { type: 'string', value: 'N', help: 'of the made-up rows; default 1' },
  rtol: { type: 'string', value: 'X', help: 'relative difference that counts as none; default by precision' },
  atol: { type: 'string', value: 'X', help: 'absolute difference that counts as none; default by precision' },
  timeout: { type: 'string', value: 'TIME', help: 'most that one answer of the library may take; default 5m' },
  format: { type: 'string', value: 'NAME', help: 'take it for this model format instead of looking' },
  output: { type: 'string', short: 'o', value: 'json|text', help: 'default text' },
};

export const command: Command = {
  help: helpText(
    'berth verify <model> [--data rows.csv] [--python .venv/bin/python] --allow-code',
    "Compares Berth's answers with those of the model's own library, which runs in a Python process of its own.\n" +
      'Unpickling a model runs code that the model holds: for pickles and joblib files say --allow-code.\n' +
      'Exit code: 0 equal, 1 different or not compared, 2 usage, 4 not found (file, Python, library), 130 interrupted.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [path, ...more] = parsed.positionals;
    if (path === undefined || more.length > 0) {
      throw new CommandError('name one model file', {
        exitCode: EXIT.usage,
        hint: 'berth verify ./model.joblib --data rows.csv --allow-code',
      });
    }
    const output = values.choice('output', ['text', 'json']) ?? 'text';
    const settings = readSettings(values);
    const model = await findModel(await inputPath(path, io.cwd, 'file or folder'), values.text('format'));
    const data = await tableOptions(values, io);
    const python = await findPython({ asked: values.text('python'), cwd: io.cwd, modelPath: model.path, env: io.env });
    if (runsCode(model) && values.flag('allow-code') !== true) throw needsPermission(path, python.executable);
    if (runsCode(model))
      io.err(`${python.executable} unpickles the model: code that it holds will run (--allow-code)\n`);
    const interruption = listenForInterruption();
    try {
      const { default: packageJson } = await import('../../package.json', { with: { type: 'json' } });
      const options: VerifyOptions = {
        ...settings,
        model,
        python,
        data,
        cwd: io.cwd,
        env: io.env,
        signal: interruption.signal,
        berthVersion: packageJson.version,
      };
      const found = await verify(options);
      const isInterrupted = found.exitCode === EXIT.interrupted;
      const report = isInterrupted ? { ...found, exitCode: interruption.exitCode() } : found;
      io.out(output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
      const code = CODES.get(report.verdict);
      if (code !== undefined) io.err(codeLine(isInterrupted ? 'Interrupted' : (found.failure?.code ?? code)));
      return report.exitCode;
    } finally {
      interruption.letGo();
    }
  },
};

function needsPermission(path: string, executable: string): CommandError {
  return new CommandError(
    `${path} is a pickle: to compare, ${executable} must unpickle it, and that runs code that the file holds ` +
      '(Berth itself never does)',
    { code: 'CodeNotAllowed', hint: 'if you trust the file, add --allow-code' },
  );
}

function readSettings(values: ArgumentValues): Pick<VerifyOptions, 'rows' | 'seed' | 'tolerances' | 'timeoutMs'> {
  const rtol = tolerance(values, 'rtol');
  const atol = tolerance(values, 'atol');
  return {
    rows: values.integer('rows', { min: 1, max: 100_000_000 }) ?? 1000,
    seed: values.integer('seed', { min: 0, max: 2 ** 32 - 1 }) ?? 1,
    tolerances: { ...(rtol === undefined ? {} : { rtol }), ...(atol === undefined ? {} : { atol }) },
    timeoutMs: Math.min(values.duration('timeout') ?? 300_000, 2 ** 31 - 1),
  };
}

function tolerance(values: ArgumentValues, name: string): number | undefined {
  const text = values.text(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new CommandError(`--${name} must be a number that is not negative, such as 1e-6, not "${text}"`, {
    code: 'InvalidOption',
  });
}

async function tableOptions(values: ArgumentValues, io: Io): Promise<VerifyOptions['data']> {
  const data = values.text('data');
  if (data === undefined) return undefined;
  const file = await inputPath(data, io.cwd, 'file');
  const columns = values.text('columns')?.split(',');
  const { openTable } = await import('@berth/tables');
  const options: TableOptions = {
    ...givenDialect(values),
    ...(values.flag('no-header') === true ? { header: 'no' } : {}),
  };
  return { path: data, open: (_, more) => openTable(file, { ...options, ...more }), columns };
}
