import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import { VERDICTS, type Verdict } from '../check/service-check.ts';
import type { Command } from '../main.ts';
import { namedPaths } from '../manifests/named-paths.ts';
import { readSources } from '../manifests/read-manifests.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';

const ALLOWED: readonly Verdict[] = VERDICTS.filter((one) => one !== 'native' && one !== 'invalid');

const OPTIONS: OptionSpecs = {
  file: {
    type: 'string',
    short: 'f',
    aliases: ['filename'],
    value: 'FILE',
    help: 'YAML file, folder of them, or - for standard input; may stand several times',
  },
  recursive: { type: 'boolean', short: 'R', help: 'read the folders below a folder as well' },
  output: { type: 'string', short: 'o', value: 'table|json|yaml', help: 'default table' },
  allow: { type: 'string', value: 'VERDICTS', help: `do not fail for these, with commas: ${ALLOWED.join(', ')}` },
  'inspect-models': { type: 'boolean', help: 'look into models that lie on this machine; nothing of them is run' },
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'namespace of what names none; default "default"' },
  quiet: { type: 'boolean', short: 'q', help: 'print the summary alone' },
  ...CACHE_OPTION,
};

export const command: Command = {
  help: helpText(
    'berth check -f <file, folder or -> [options]',
    'Tells of each InferenceService whether it runs on this machine, by which runtime, and which of its fields would have no\neffect. Takes what `kubectl get isvc -A -o yaml` prints. Fetches and starts nothing.\n\nexit codes: 0 all run natively or are allowed, 1 some do not, 3 a YAML is invalid',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const hint = 'berth check -f folder, or kubectl get isvc -A -o yaml | berth check -f -';
    const paths = namedPaths(parsed, 'a YAML file or a folder', hint);
    const output = values.choice('output', ['table', 'json', 'yaml']) ?? 'table';
    const allowed = allowedVerdicts(parsed.repeated.get('allow') ?? []);
    const namespace = values.text('namespace');
    const sources = await readSources(paths, io, { recursive: values.flag('recursive') ?? false });
    const [{ makeReport }, { printIssues }] = await Promise.all([
      import('../check/make-report.ts'),
      import('../terminal/print-issues.ts'),
    ]);
    const { report: planned, issues } = makeReport(sources, namespace === undefined ? {} : { namespace });
    let report = planned;
    if (values.flag('inspect-models') === true) {
      const { lookAtModels } = await import('../check/look-at-models.ts');
      report = await lookAtModels(planned, { cwd: io.cwd, cacheFolder: cacheFolder(values, io) });
    }
    const errors = issues.filter((issue) => issue.severity === 'error');
    printIssues(errors, sources, io);
    if (values.flag('quiet') === true && output === 'table') io.out(`${report.summary.text}\n`);
    else if (output === 'table') {
      const { reportText } = await import('../check/report-text.ts');
      io.out(reportText(report));
    } else if (output === 'json') io.out(`${JSON.stringify(report, null, 2)}\n`);
    else {
      const { toYaml } = await import('@berth/api');
      io.out(toYaml(report));
    }
    if (report.services.length === 0 && errors.length === 0)
      io.err(`warning: there is no InferenceService in ${paths.join(', ')}\n`);
    if (errors.length > 0) return EXIT.invalidYaml;
    const isFine = report.services.every((one) => one.verdict === 'native' || allowed.has(one.verdict));
    return isFine ? EXIT.ok : EXIT.failure;
  },
};

function allowedVerdicts(texts: readonly string[]): ReadonlySet<Verdict> {
  const words = texts.flatMap((text) => text.split(',')).map((word) => word.trim());
  for (const word of words) {
    if (ALLOWED.includes(word as Verdict)) continue;
    throw new CommandError(`--allow takes ${ALLOWED.join(', ')}, not "${word.slice(0, 100)}"`, {
      code: 'InvalidOption',
    });
  }
  return new Set(words as Verdict[]);
}
