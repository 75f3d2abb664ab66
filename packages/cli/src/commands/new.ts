import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath } from '../paths/input-path.ts';
import { writeFailure } from '../score/file-failure.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  protocol: { type: 'string', value: 'v1|v2', help: 'default v1; v2 for ONNX' },
  name: { type: 'string', value: 'NAME', help: "name of the service; default the file's or its folder's" },
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'default none: the one that it is applied to' },
  format: { type: 'string', value: 'NAME', help: 'model format; needed for a URI, else told by the file' },
  output: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    help: 'where to write it, - for standard output; default NAME.yaml',
  },
};

/** What `berth new` can make. */
const KINDS = ['isvc'];

const USAGE = 'berth new isvc <model file, folder or URI> [options]';

export const command: Command = {
  help: helpText(
    USAGE,
    'Writes what you would write yourself, and never overwrites. It makes:\n  isvc  the InferenceService that serves a model, for berth run, berth apply and kubectl',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [kind, model, more] = parsed.positionals;
    if (kind === undefined) {
      io.out(command.help);
      return EXIT.ok;
    }
    if (kind !== 'isvc' && kind !== 'inferenceservice') {
      const { nearest } = await import('@berth/api');
      const close = nearest(kind, KINDS);
      const hint = close === undefined ? `it makes: ${KINDS.join(', ')}` : `did you mean "berth new ${close}"?`;
      throw new CommandError(`berth new can not make "${kind.slice(0, 100)}"`, { exitCode: EXIT.usage, hint });
    }
    if (model === undefined)
      throw new CommandError('name a model file or folder', { exitCode: EXIT.usage, hint: USAGE });
    if (more !== undefined) throw new CommandError('one model at a time', { exitCode: EXIT.usage, hint: USAGE });
    await newIsvc(model, values, io);
    return EXIT.ok;
  },
};

async function newIsvc(model: string, values: ArgumentValues, io: Io): Promise<void> {
  const { isvcYaml, serviceName, V2_ONLY } = await import('../new/isvc-yaml.ts');
  const isUri = /^[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\//.test(model) && !model.startsWith('file://');
  const facts = isUri ? await ofUri(model, values) : await ofPath(model, values, io);
  const name = values.text('name') ?? serviceName(facts.name);
  await checkNames(name, values.text('namespace'));
  const protocol = values.choice('protocol', ['v1', 'v2']) ?? (V2_ONLY.has(facts.format) ? 'v2' : 'v1');
  if (protocol === 'v1' && V2_ONLY.has(facts.format)) {
    throw new CommandError(`${facts.format} is served over v2 alone`, {
      code: 'InvalidOption',
      hint: 'leave --protocol out',
    });
  }
  const target = values.text('output') ?? `${name}.yaml`;
  const folder = target === '-' ? io.cwd : dirname(resolve(io.cwd, target));
  const storageUri = facts.uri ?? relativeTo(folder, facts.path as string);
  const { format, summary, sizeBytes } = facts;
  const namespace = values.text('namespace');
  const text = isvcYaml({ name, namespace, format, protocol, storageUri, summary, sizeBytes, file: target });
  if (target === '-') {
    io.out(text);
    return;
  }
  await writeNew(resolve(io.cwd, target), target, text);
  io.err(`wrote ${printable(target)}; serve it: berth run -f ${printable(target)}\n`);
}

interface ModelFacts {
  readonly name: string;
  readonly format: string;
  readonly uri?: string;
  readonly path?: string;
  readonly summary?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

async function ofUri(uri: string, values: ArgumentValues): Promise<ModelFacts> {
  const { storageProblem } = await import('@berth/storage');
  const problem = storageProblem(uri);
  if (problem !== undefined) throw new CommandError(problem, { exitCode: EXIT.usage });
  const format = values.text('format');
  if (format === undefined) {
    throw new CommandError('the files of a URI are not looked at: name their format', {
      exitCode: EXIT.usage,
      hint: '--format sklearn, xgboost, lightgbm, onnx or triton',
    });
  }
  const last =
    uri
      .replace(/[?#].*$/, '')
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? 'model';
  return { name: stem(last), format: await knownFormat(format), uri };
}

async function ofPath(model: string, values: ArgumentValues, io: Io): Promise<ModelFacts> {
  const { discoverModels, inspectDiscovered } = await import('@berth/formats');
  const { fileURLToPath } = await import('node:url');
  const shown = model.startsWith('file://') ? fileURLToPath(model) : model;
  const path = await inputPath(shown, io.cwd, 'file or folder');
  const asked = values.text('format');
  const format = asked === undefined ? undefined : await knownFormat(asked);
  const models = await discoverModels(path, format === undefined ? {} : { format });
  const [first, ...others] = models;
  if (first === undefined) throw new CommandError(`there is no model in ${model}`, { code: 'FileNotFound' });
  if (first.problem !== undefined) throw first.problem;
  const name = nameOf(path);
  if (first.tritonLayout === true) return { name, format: 'triton', path };
  if (others.some((one) => one.name !== first.name)) {
    throw new CommandError(
      `${model} holds ${models.length} models: ${models
        .slice(0, 5)
        .map((one) => one.name)
        .join(', ')}`,
      {
        exitCode: EXIT.usage,
        hint: 'an InferenceService has one: name its file or folder',
      },
    );
  }
  // What can not be served is refused here, not when it is served.
  const { summary, sizeBytes } = await inspectDiscovered(first);
  return { name, format: first.format as string, path, summary, sizeBytes };
}

async function knownFormat(format: string): Promise<string> {
  const { FORMAT_NAMES } = await import('@berth/formats');
  const known: readonly string[] = [...FORMAT_NAMES, 'triton'];
  if (known.includes(format)) return format;
  const { nearest } = await import('@berth/api');
  const close = nearest(format, known);
  throw new CommandError(`the model format "${format.slice(0, 100)}" is not served`, {
    code: 'InvalidOption',
    hint: close === undefined ? `served are ${[...known].sort().join(', ')}` : `did you mean ${close}?`,
  });
}

/** Names that say nothing, under which libraries' examples save; their folder says more. */
const PLAIN = /^(model|model[-_.]?\d*|clf|estimator|pipeline|trained|best|final|output|latest|\d+)$/i;

function nameOf(path: string): string {
  const own = stem(basename(path));
  const parent = basename(dirname(path));
  return PLAIN.test(own) && parent !== '' && parent !== '.' && !PLAIN.test(parent) ? parent : own;
}

function stem(name: string): string {
  return name.slice(0, name.length - extname(name).length) || name;
}

/** As `berth run` and `berth apply` take it: relative to the folder of the YAML, with `./`, so that it is no URI. */
function relativeTo(folder: string, path: string): string {
  const way = relative(folder, path);
  // Another drive has no relative path.
  if (isAbsolute(way)) return path;
  const written = way.split(sep).join('/');
  return written.startsWith('../') ? written : `./${written}`;
}

async function checkNames(name: string, namespace: string | undefined): Promise<void> {
  const { serviceName } = await import('../new/isvc-yaml.ts');
  const isName = (text: string) => text.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text);
  if (!isName(name)) {
    throw new CommandError(
      `"${name.slice(0, 100)}" can not be the name of a service: lower-case letters, digits and "-", a letter first`,
      {
        code: 'InvalidOption',
        hint: `e.g. --name ${serviceName(name)}`,
      },
    );
  }
  if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw new CommandError(`"${namespace.slice(0, 100)}" is no valid namespace`, { code: 'InvalidOption' });
  }
}

async function writeNew(path: string, shown: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new CommandError(`${shown} is there already and is not overwritten`, {
        code: 'FileExists',
        hint: 'choose another name with -o, or print it with -o -',
      });
    }
    // Made, and not filled: an empty file would be in the way of the next try.
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO') await rm(path, { force: true });
    const told = writeFailure(thrown, shown, 'choose another place with -o, or print it with -o -');
    if (told instanceof CommandError) throw told;
    throw new CommandError(`${shown} can not be written (${code ?? 'unknown error'})`, { code: 'FileNotWritable' });
  }
}
