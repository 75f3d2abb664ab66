import type { ModelReport } from '@berth/formats';
import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { inputPath } from '../paths/input-path.ts';
import { codeLine } from '../terminal/code-line.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { inspectionJson, inspectionText } from '../terminal/inspection-text.ts';
import { type Io, printable } from '../terminal/io.ts';

/** What a gate can fail for. */
const FAILURES = ['unsafe', 'unsupported'] as const;
type Failure = (typeof FAILURES)[number];

const OPTIONS: OptionSpecs = {
  output: { type: 'string', short: 'o', value: 'json|yaml|text', help: 'default text' },
  format: { type: 'string', value: 'NAME', help: 'take it for this model format instead of looking' },
  'fail-on': {
    type: 'string',
    value: 'unsafe,unsupported',
    help: 'exit with 1 for a pickle that names what is not known, or for a model that is not served; for these alone',
  },
  ...CACHE_OPTION,
};

export const command: Command = {
  help: helpText(
    'berth inspect <file, folder or URI> [options]',
    'Tells format, library, steps, inputs, outputs, classes and size of a model, a request that it takes, and every name that\nits pickles ask Python for, without running any of it. Works for models that are refused.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [path, ...more] = parsed.positionals;
    if (path === undefined || more.length > 0) {
      throw new CommandError(more.length > 0 ? 'one model at a time' : 'name a model file or folder', {
        code: 'UsageError',
        hint: 'berth inspect ./model.joblib',
      });
    }
    const output = values.choice('output', ['text', 'json', 'yaml']) ?? 'text';
    const failOn = failuresOf(parsed.repeated.get('fail-on') ?? []);
    const { discoverModels, reportModel } = await import('@berth/formats');
    const format = values.text('format');
    const models = await discoverModels(await localPath(path, values, io), format === undefined ? {} : { format });
    const reports: ModelReport[] = [];
    for (const model of models) reports.push(await reportModel(model));
    for (const report of reports) {
      if (output === 'text') io.out(inspectionText(report));
      if (report.error === undefined) continue;
      const label = report.version === undefined ? report.name : `${report.name}, version ${report.version}`;
      io.err(`error: ${printable(`${label}: ${report.error.message}`)}\n${codeLine(report.error.reason)}`);
    }
    if (output !== 'text') {
      const results = reports.map(inspectionJson);
      const value = results.length === 1 ? results[0] : results;
      if (output === 'json') io.out(`${JSON.stringify(value, null, 2)}\n`);
      else io.out((await import('@berth/api')).toYaml(value));
    }
    return reports.some((report) => fails(report, failOn)) ? EXIT.failure : EXIT.ok;
  },
};

/** Without a gate, a model that is not served is a failure. */
function fails(report: ModelReport, failOn: ReadonlySet<Failure>): boolean {
  if (failOn.size === 0) return report.error !== undefined;
  const isUnsafe = failOn.has('unsafe') && report.safety.verdict === 'unsafe';
  return isUnsafe || (failOn.has('unsupported') && report.error !== undefined);
}

function failuresOf(texts: readonly string[]): ReadonlySet<Failure> {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  for (const word of words) {
    if (FAILURES.includes(word as Failure)) continue;
    throw new CommandError(`--fail-on takes ${FAILURES.join(' and ')}, not "${word.slice(0, 100)}"`, {
      code: 'InvalidOption',
    });
  }
  return new Set(words as Failure[]);
}

/** The path itself, or where the files of a URI are after they were downloaded. */
async function localPath(path: string, values: ArgumentValues, io: Io): Promise<string> {
  if (!/^[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\//.test(path)) return inputPath(path, io.cwd, 'file or folder');
  const { fetchModel } = await import('@berth/storage');
  const fetched = await fetchModel(path, {
    cacheFolder: cacheFolder(values, io),
    baseFolder: io.cwd,
    onWarning: (message) => io.err(`warning: ${printable(message)}\n`),
  });
  return fetched.path;
}
