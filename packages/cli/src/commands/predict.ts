import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { givenDialect } from '../arguments/table-options.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath } from '../paths/input-path.ts';
import { formatAnswer } from '../predict/format-answer.ts';
import { ModelServer } from '../predict/model-server.ts';
import { protocolOf } from '../predict/request-body.ts';
import type { Rows, WrittenRequest } from '../predict/rows-request.ts';
import type { ServedModel } from '../predict/served-model.ts';
import { SESSION_OPTIONS } from '../resources/session.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  file: {
    type: 'string',
    short: 'f',
    aliases: ['filename'],
    value: 'FILE',
    help: 'JSON request (v1 or v2), or rows as CSV, JSON lines or Parquet; - for standard input',
  },
  random: { type: 'boolean', help: 'send a made-up row instead of a file' },
  rows: { type: 'string', value: 'N', help: 'how many rows --random makes up; default 1' },
  csv: { type: 'boolean', help: 'take the file for CSV, whatever its name' },
  columns: {
    type: 'string',
    value: 'A,B,C',
    help: 'columns of the file to send, in this order; default what the model knows',
  },
  separator: { type: 'string', value: 'CHAR', help: 'between the cells of CSV; default by the content' },
  'no-header': { type: 'boolean', help: 'the first row of CSV is data' },
  encoding: { type: 'string', value: 'NAME', help: 'of CSV: utf-8, utf-16le, utf-16be, latin1, windows-1252' },
  url: {
    type: 'string',
    value: 'URL',
    help: 'server, or a service under it; default the platform here, else http://127.0.0.1:8080 (env BERTH_URL)',
  },
  service: { type: 'string', value: '[NAMESPACE/]NAME', help: 'InferenceService to ask; default the only one' },
  'model-version': { type: 'string', value: 'VERSION', help: 'version of the model' },
  protocol: { type: 'string', value: 'v1|v2', help: 'default by the shape of the body' },
  output: { type: 'string', short: 'o', value: 'json|yaml|table', help: 'default json; table for rows' },
  'api-key': { type: 'string', value: 'KEY', help: 'bearer key (env BERTH_API_KEY)' },
  timeout: { type: 'string', value: 'TIME', help: 'default 60s' },
  ...SESSION_OPTIONS,
};
const OUTPUTS = ['json', 'yaml', 'table'] as const;
const PROTOCOLS = ['v1', 'v2'] as const;

/** Endings of files that hold rows. */
const TABLE = /\.(csv|tsv|jsonl|ndjson|parquet|pq)$/i;
const MAX_ROWS = 1_000_000;
/** Of a JSON request; servers take 64 MiB unless told otherwise. */
const MAX_BODY_BYTES = 2 ** 28;

export const command: Command = {
  help: helpText(
    'berth predict [model] <file, - or --random> [options]',
    'Sends a request, or rows of a file, to a served model and prints the answer.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const { model, file } = whatAndWhom(parsed.positionals, values);
    const output = values.choice('output', OUTPUTS);
    if (file === undefined) {
      const server = await ModelServer.find(model, values, io);
      return answerRows(server, randomly(server, values), values, output, io);
    }
    const input = await openInput(file, values, io);
    try {
      if ('body' in input) {
        const protocol = values.choice('protocol', PROTOCOLS) ?? protocolOf(input.body);
        const server = await ModelServer.find(model, values, io);
        io.out(await formatAnswer(await server.predict(protocol, input.body), output ?? 'json'));
        return EXIT.ok;
      }
      const server = await ModelServer.find(model, values, io);
      return await answerRows(server, fromTable(server, input.table, file, values, io), values, output, io);
    } finally {
      await input.close();
    }
  },
};

/** Which word is the model and which the file. The model may be left out where a server has one only. */
function whatAndWhom(words: readonly string[], values: ArgumentValues): { model?: string; file?: string } {
  const hint = 'berth predict iris rows.csv, or berth predict iris --random';
  const option = values.text('file');
  const isRandom = values.flag('random') === true;
  const [first, second, third] = words;
  if (third !== undefined)
    throw new CommandError(`one model and one file at a time, not "${third}"`, { exitCode: EXIT.usage, hint });
  if (isRandom && (option ?? second) !== undefined) {
    throw new CommandError('--random sends made-up rows and takes no file', { exitCode: EXIT.usage, hint });
  }
  if (isRandom) return first === undefined ? {} : { model: first };
  const named = option ?? second;
  if (named !== undefined) return first === undefined ? { file: named } : { model: first, file: named };
  // One word alone is the file where it looks like one.
  if (first !== undefined && (first === '-' || /\.[a-z]{2,7}$/i.test(first))) return { file: first };
  throw new CommandError('name a model and a file with the request', { exitCode: EXIT.usage, hint });
}

type Input = ({ readonly body: string } | { readonly table: string }) & { close(): Promise<void> };

/** A file or standard input: a JSON request, or rows where its name or its content says so. */
async function openInput(file: string, values: ArgumentValues, io: Io): Promise<Input> {
  const close = async () => undefined;
  const isCsv = values.flag('csv') === true;
  // What a shell hands on (`<(command)`, /dev/stdin) is read once, as standard input is.
  const isHandedOn = /^\/(dev\/(fd\/|stdin)|proc\/self\/fd\/)/.test(file);
  if (file !== '-' && !isHandedOn) {
    const path = await inputPath(file, io.cwd, 'file');
    return isCsv || TABLE.test(file) ? { table: path, close } : { body: await readBody(path, file), close };
  }
  const text = isHandedOn ? await readFile(file, 'utf8') : await io.readInput();
  if (!isCsv && /^\s*\{[^\n]*(\n|$)(?!\s*\{)/.test(text)) return { body: text, close };
  // Tables are read from files; this one is the caller's alone and goes with the command.
  const path = join(tmpdir(), `berth-${randomUUID()}`);
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  return { table: path, close: () => rm(path, { force: true }) };
}

async function readBody(path: string, file: string): Promise<string> {
  const { size } = await stat(path);
  if (size === 0) throw new CommandError(`${file} is empty`, { code: 'InvalidRequest' });
  if (size > MAX_BODY_BYTES) {
    throw new CommandError(`${file} is larger than a request may be (${MAX_BODY_BYTES / 2 ** 20} MiB)`, {
      code: 'FileTooLarge',
      hint: 'berth score works through files of any size',
    });
  }
  return readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    throw new CommandError(`${file} can not be read (${thrown.code})`, { code: 'FileUnreadable' });
  });
}

/** Asks for rows, batch after batch, and prints one answer. */
async function answerRows(
  server: ModelServer,
  batches: AsyncIterable<{ rows: Rows; served: ServedModel | undefined }>,
  values: ArgumentValues,
  output: string | undefined,
  io: Io,
): Promise<number> {
  const { rowsRequest } = await import('../predict/rows-request.ts');
  const { joinAnswers } = await import('../predict/join-answers.ts');
  let protocol = values.choice('protocol', PROTOCOLS);
  const answers: string[] = [];
  let sent = 0;
  for await (const { rows, served } of batches) {
    sent += rows.count;
    if (sent > MAX_ROWS) {
      throw new CommandError(`the file has more than ${MAX_ROWS} rows`, {
        code: 'FileTooLarge',
        hint: 'berth score works through files of any size',
      });
    }
    const request = rowsRequest(rows, served, protocol);
    // The answers become one: all rows are asked for by the protocol that the first were.
    protocol = request.protocol;
    answers.push(await ask(server, request, rows));
  }
  io.out(await formatAnswer(joinAnswers(answers), output ?? 'table'));
  return EXIT.ok;
}

/** One answer. A refusal of rows that lack columns of the model's, or that were made up, says so. */
async function ask(server: ModelServer, { protocol, body }: WrittenRequest, rows: Rows): Promise<string> {
  try {
    return await server.predict(protocol, body);
  } catch (thrown) {
    if (!(thrown instanceof CommandError) || thrown.code !== 'RequestRefused') throw thrown;
    if (rows.lacking !== undefined) throw rows.lacking;
    if (rows.isMadeUp !== true) throw thrown;
    throw new CommandError(`the model does not take rows of made-up numbers: ${thrown.message}`, {
      code: thrown.code,
      exitCode: thrown.exitCode,
      hint: 'berth inspect prints a request that the model takes; send that, or rows of your own',
    });
  }
}

async function* randomly(server: ModelServer, values: ArgumentValues) {
  const { randomRows } = await import('../predict/random-rows.ts');
  const { readServedModel } = await import('../predict/served-model.ts');
  const count = values.integer('rows', { min: 1, max: 10_000 }) ?? 1;
  const metadata = await server.metadata();
  const served = metadata === undefined ? undefined : readServedModel(metadata);
  if (served === undefined) {
    throw new CommandError(
      `${server.model}: the server does not tell what the model takes, so no rows can be made up`,
      {
        code: 'InvalidRequest',
        hint: 'send a file',
      },
    );
  }
  yield { rows: { ...randomRows(served, count, Math.random), isMadeUp: true }, served };
}

async function* fromTable(server: ModelServer, path: string, shown: string, values: ArgumentValues, io: Io) {
  const { tableRows } = await import('../predict/table-rows.ts');
  const { readServedModel } = await import('../predict/served-model.ts');
  const metadata = await server.metadata();
  const served = metadata === undefined ? undefined : readServedModel(metadata);
  const columns = values.text('columns')?.split(',');
  const options = {
    ...(columns === undefined ? {} : { columns }),
    ...givenDialect(values),
    ...(values.flag('no-header') === true ? { header: 'no' as const } : {}),
    ...(values.flag('csv') === true ? { format: 'csv' as const } : {}),
  };
  const unknown = { names: undefined, count: undefined };
  const tell = (text: string) => io.err(`note: ${printable(text)}\n`);
  for await (const rows of tableRows(path, shown, served?.columns ?? unknown, options, tell)) yield { rows, served };
}
