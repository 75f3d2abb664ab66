import { extname, resolve } from 'node:path';
import { type OptionSpecs, type ParsedArguments, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { givenDialect } from '../arguments/table-options.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath, isSameFile } from '../paths/input-path.ts';
import type { ScoreRequest } from '../score/prepare.ts';
import type { RunOptions } from '../score/run-score.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import type { Io } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'FILE', help: '.csv or .jsonl; - for standard output (default)' },
  id: { type: 'string', value: 'COLUMN', help: 'keep this column as it is written; may be given more than once' },
  keep: { type: 'string', value: 'all', help: 'keep every column of the file' },
  'output-name': {
    type: 'string',
    aliases: ['outputs'],
    value: 'NAME,…',
    help: 'outputs of the model, e.g. predict_proba',
  },
  proba: { type: 'boolean', help: 'a classifier gives probabilities instead of classes' },
  columns: { type: 'string', value: 'NAME,…', help: 'features in order, for a model that knows no names' },
  drop: { type: 'string', value: 'COLUMN', help: 'a column that is no feature; may be given more than once' },
  text: { type: 'string', value: 'COLUMN', help: 'a column of text that looks like numbers' },
  'input-format': { type: 'string', value: 'csv|jsonl|parquet', help: 'default by name and content' },
  separator: { type: 'string', value: 'CHAR', help: 'default told from , ; tab |' },
  header: { type: 'boolean', help: 'the first row is names, even if it is numbers' },
  'no-header': { type: 'boolean', help: 'the first row is data' },
  encoding: { type: 'string', value: 'NAME', help: 'utf-8, utf-16le, utf-16be, latin1, windows-1252' },
  errors: { type: 'string', value: 'FILE', help: 'rows that failed and why; default <output>.errors.csv' },
  'max-errors': { type: 'string', value: 'N', help: 'up to N rows may fail; more stop the run' },
  jobs: { type: 'string', short: 'j', value: 'N', help: 'threads; default one for each core' },
  resume: { type: 'boolean', help: 'go on with a run that was interrupted' },
  force: { type: 'boolean', help: 'replace an output that is there' },
  flavour: { type: 'string', value: 'kserve|mlserver', help: "whose server's default outputs; default kserve" },
  quiet: { type: 'boolean', short: 'q', help: 'no progress, notes and summary' },
  // For tests: how often the journal is written, and the size of its steps.
  checkpoint: { type: 'string', value: 'TIME' },
  'part-size': { type: 'string', value: 'BYTES' },
};

const FORMATS = ['csv', 'jsonl', 'parquet'] as const;
const FLAVOURS = ['kserve', 'mlserver'] as const;

export const command: Command = {
  help: helpText(
    'berth score <model> <rows.csv|rows.jsonl|rows.parquet> -o <scored.csv|scored.jsonl> [options]',
    'Scores every row of a file with a model file, without a server and in bounded memory. See docs/score.md.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const { request, options } = await readOptions(parsed, io);
    keepInputs(request, options);
    const { runScore } = await import('../score/run-score.ts');
    const interruption = listenForInterruption();
    // A reader that goes away (`| head`) is told by the next write.
    const onGone = () => undefined;
    process.stdout.on('error', onGone);
    try {
      await runScore(request, options, io, interruption.signal);
      return EXIT.ok;
    } catch (thrown) {
      if (!(thrown instanceof CommandError) || thrown.code !== 'Interrupted') throw thrown;
      const { message, code, hint } = thrown;
      throw new CommandError(message, { code, hint, exitCode: interruption.exitCode() });
    } finally {
      interruption.letGo();
      process.stdout.off('error', onGone);
    }
  },
};

async function readOptions(parsed: ParsedArguments, io: Io): Promise<{ request: ScoreRequest; options: RunOptions }> {
  const values = new ArgumentValues(parsed, io.env);
  const [model, table, ...more] = parsed.positionals;
  if (model === undefined || table === undefined || more.length > 0) {
    throw new CommandError('name a model and a file of rows', {
      code: 'UsageError',
      hint: 'berth score model.joblib rows.csv -o scored.csv',
    });
  }
  const path = (name: string) => {
    const value = values.text(name);
    return value === undefined || value === '-' ? undefined : resolve(io.cwd, value);
  };
  const keep = values.text('keep');
  if (keep !== undefined && keep !== 'all') {
    throw new CommandError(`--keep takes all, not "${keep}"`, { code: 'InvalidOption', hint: `--id ${keep}` });
  }
  const isOn = (name: string) => values.flag(name) === true;
  if (isOn('force') && isOn('resume')) {
    throw new CommandError('--force starts again and --resume goes on: give one of them', { code: 'InvalidOption' });
  }
  const output = path('output');
  const format = values.choice('input-format', FORMATS);
  const request: ScoreRequest = {
    model: await inputPath(model, io.cwd, 'file or folder'),
    table: await inputPath(table, io.cwd, 'file'),
    tableOptions: {
      header: isOn('no-header') ? 'no' : isOn('header') ? 'yes' : 'auto',
      ...givenDialect(values),
      ...(format === undefined ? {} : { format }),
    },
    flavour: values.choice('flavour', FLAVOURS) ?? 'kserve',
    predictProba: isOn('proba'),
    ids: parsed.repeated.get('id') ?? [],
    keepAll: keep === 'all',
    drop: parsed.repeated.get('drop') ?? [],
    columns: values.text('columns')?.split(','),
    texts: parsed.repeated.get('text') ?? [],
    outputs: (parsed.repeated.get('output-name') ?? []).flatMap((names) => names.split(',')),
    writer: writerFor(output),
  };
  const options: RunOptions = {
    output,
    errors: path('errors'),
    existing: isOn('force') ? 'replace' : isOn('resume') ? 'resume' : 'refuse',
    maxErrors: values.integer('max-errors', { min: 0, max: Number.MAX_SAFE_INTEGER }),
    jobs: values.integer('jobs', { min: 1, max: 256 }),
    quiet: isOn('quiet'),
    checkpointMs: values.duration('checkpoint') ?? 2_000,
    partBytes: Math.max(1, values.bytes('part-size') ?? 1 << 20),
  };
  if (options.existing === 'resume' && output === undefined) {
    throw new CommandError('--resume needs the file to go on with', { code: 'InvalidOption', hint: '-o scored.csv' });
  }
  return { request, options };
}

function writerFor(output: string | undefined): 'csv' | 'jsonl' {
  const ending = output === undefined ? '.csv' : extname(output).toLowerCase();
  if (ending === '.jsonl' || ending === '.ndjson') return 'jsonl';
  if (ending === '.csv' || ending === '.txt' || ending === '') return 'csv';
  throw new CommandError(`${output} can not be written: the output is CSV or JSON Lines`, {
    code: 'InvalidOption',
    hint: '-o scored.csv, or -o scored.jsonl',
  });
}

/** What is read is never written over, whatever `--force` says. @throws CommandError */
function keepInputs({ model, table }: ScoreRequest, { output, errors }: RunOptions): void {
  const side = errors ?? (output === undefined ? undefined : `${output}.errors.csv`);
  for (const written of [output, side]) {
    if (written === undefined) continue;
    const what = isSameFile(written, table) ? 'the file of rows' : isSameFile(written, model) ? 'the model' : undefined;
    if (what === undefined) continue;
    throw new CommandError(`${written} is ${what} itself, which would be written over`, {
      code: 'InvalidOption',
      hint: 'choose another name for the output',
    });
  }
  if (output === undefined || side === undefined || !isSameFile(output, side)) return;
  throw new CommandError(`-o and --errors name one file, ${output}`, { code: 'InvalidOption' });
}
