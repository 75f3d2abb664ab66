import { followService } from '../apply/follow-service.ts';
import { type Applied, sendResource } from '../apply/send-resource.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { namedPaths } from '../manifests/named-paths.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { openSession, SESSION_OPTIONS } from '../resources/session.ts';
import { codeLine } from '../terminal/code-line.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { listenForInterruption } from '../terminal/interruption.ts';
import { type Io, printable } from '../terminal/io.ts';
import { printIssues } from '../terminal/print-issues.ts';

const OPTIONS: OptionSpecs = {
  file: {
    type: 'string',
    short: 'f',
    aliases: ['filename'],
    value: 'FILE',
    help: 'YAML file, folder of them, or - for standard input',
  },
  wait: { type: 'string', value: 'true|false', help: 'until the services are ready; default true' },
  timeout: { type: 'string', value: 'TIME', help: 'how long to wait; default 5m' },
  'dry-run': { type: 'boolean', help: 'ask the platform whether it would take it, change nothing' },
  strict: { type: 'boolean', help: 'what nothing reads is an error' },
  verbose: { type: 'boolean', help: 'notes too' },
  ...SESSION_OPTIONS,
};

/** Kinds that others refer to go first. */
const ORDER = ['Namespace', 'Secret', 'ConfigMap', 'ServiceAccount', 'PersistentVolumeClaim'];

export const command: Command = {
  help: helpText(
    'berth apply -f <file, folder or -> [options]',
    'Makes the platform hold what the YAML says, and waits until the services answer.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const paths = namedPaths(parsed, 'a YAML file', 'berth apply -f isvc.yaml');
    const session = await openSession(values, io);
    const strict = values.flag('strict') ?? false;
    const { resources, issues, sources } = await readManifests(paths, io, { strict, namespace: session.namespace });
    printIssues(issues, sources, io, { verbose: values.flag('verbose') ?? false });
    const isBroken = issues.some((issue) => issue.severity === 'error');
    if (isBroken) return EXIT.invalidYaml;
    if (resources.length === 0) {
      throw new CommandError(`${paths.join(', ')} holds nothing that the platform knows`, {
        exitCode: EXIT.invalidYaml,
      });
    }
    const since = new Date();
    const dryRun = values.flag('dry-run') ?? false;
    const rank = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
    const sorted = resources.toSorted((left, right) => rank(left.kind) - rank(right.kind));
    const said = new Set(issues.map((issue) => issue.message));
    const applied: Applied[] = [];
    let worst: number = EXIT.ok;
    for (const resource of sorted) {
      try {
        const one = await sendResource(resource, session, { dryRun, cwd: io.cwd });
        if (one === undefined) {
          io.err(`warning: ${resource.kind} ${resource.name} is of no use here and was left out\n`);
          continue;
        }
        report(one, said, dryRun, io);
        applied.push(one);
      } catch (thrown) {
        if (!(thrown instanceof CommandError)) throw thrown;
        io.err(`error: ${resource.kind} ${resource.name}: ${printable(thrown.message)}\n`);
        if (thrown.hint !== undefined) io.err(`  hint: ${printable(thrown.hint)}\n`);
        io.err(codeLine(thrown.code));
        worst = Math.max(worst, thrown.exitCode);
      }
    }
    const waits = !dryRun && !/^(false|0|no)$/i.test(values.text('wait') ?? 'true');
    if (!waits) return worst;
    const timeoutMs = values.duration('timeout') ?? 300_000;
    const services = applied.filter((one) => one.object.kind === 'InferenceService');
    const interruption = listenForInterruption();
    const { signal } = interruption;
    const results = await Promise.all(
      services.map((one) => followService(one.object, session, io, { timeoutMs, since, signal })),
    ).finally(() => interruption.letGo());
    if (results.includes('interrupted')) {
      throw new CommandError('interrupted while waiting; what was applied stays, and the platform goes on with it', {
        code: 'Interrupted',
        exitCode: interruption.exitCode(),
        hint: 'berth get isvc tells how far it is; --wait=false does not wait',
      });
    }
    if (results.includes('failed') || results.includes('deleted')) return Math.max(worst, EXIT.failure);
    return results.includes('timeout') ? EXIT.notReadyInTime : worst;
  },
};

function report(one: Applied, said: ReadonlySet<string>, dryRun: boolean, io: Io): void {
  for (const warning of one.warnings) {
    // What the file's own check has said with a line number is not said again.
    if (![...said].some((message) => warning.includes(message))) io.err(`warning: ${printable(warning)}\n`);
  }
  io.out(`${one.shown} ${one.outcome}${dryRun ? ' (dry run)' : ''}\n`);
}
