import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../api-client/api-client.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { kindOf, pathOf, shownName } from '../resources/resource-types.ts';
import { listObjects, openSession, SESSION_OPTIONS, type Session, withNearName } from '../resources/session.ts';
import { type Target, targetsOf } from '../resources/targets.ts';
import { codeLine } from '../terminal/code-line.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { type Io, printable } from '../terminal/io.ts';
import { printIssues } from '../terminal/print-issues.ts';

const OPTIONS: OptionSpecs = {
  file: { type: 'string', short: 'f', aliases: ['filename'], value: 'FILE', help: 'delete what a YAML file names' },
  selector: { type: 'string', short: 'l', value: 'LABELS', help: 'everything of the type with these labels' },
  all: { type: 'boolean', help: 'everything of the type in the namespace' },
  wait: { type: 'string', value: 'true|false', help: 'until it is gone; default true' },
  timeout: { type: 'string', value: 'TIME', help: 'how long to wait; default 60s' },
  'ignore-not-found': { type: 'boolean', help: 'what is not there is no error' },
  ...SESSION_OPTIONS,
};

/** One object to delete. */
type Doomed = Required<Target> & { readonly namespace: string };

export const command: Command = {
  help: helpText(
    'berth delete (-f <file> | <type> <name> … | <type>/<name> … | <type> -l <labels> | <type> --all) [options]',
    'Deletes services and other resources, and waits until nothing of them is left.',
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const session = await openSession(values, io);
    const files = parsed.repeated.get('file') ?? [];
    const doomed =
      files.length > 0 ? await ofFiles(files, session, values, io) : await ofWords(parsed.positionals, session, values);
    const forgiving = values.flag('ignore-not-found') ?? false;
    let failed = 0;
    for (const one of doomed) {
      try {
        await session.client.call('DELETE', pathOf(one.info, one.namespace, one.name));
        io.out(`${shownName(one.info, one.name)} deleted\n`);
      } catch (thrown) {
        if (thrown instanceof ApiError && thrown.status === 404) {
          if (forgiving) continue;
          const near = await withNearName(thrown, { ...session, namespace: one.namespace }, one);
          const { message, hint } = near as CommandError;
          const told = hint === undefined ? '' : `  hint: ${printable(hint)}\n`;
          io.err(`error: ${printable(message)}\n${told}${codeLine('ResourceNotFound')}`);
          failed++;
          continue;
        }
        throw thrown;
      }
    }
    if (!/^(false|0|no)$/i.test(values.text('wait') ?? 'true')) {
      await waitUntilGone(doomed, session, values.duration('timeout') ?? 60_000);
    }
    return failed > 0 ? EXIT.notFound : EXIT.ok;
  },
};

async function ofFiles(files: readonly string[], session: Session, values: ArgumentValues, io: Io): Promise<Doomed[]> {
  const { resources, issues, sources } = await readManifests(files, io, { namespace: session.namespace });
  const errors = issues.filter((issue) => issue.severity === 'error');
  printIssues(errors, sources, io);
  if (resources.length === 0) {
    throw new CommandError(`${files.join(', ')} names nothing that could be deleted`, { exitCode: EXIT.invalidYaml });
  }
  const asked = values.text('namespace');
  return resources.toReversed().flatMap((resource) => {
    const info = kindOf(resource);
    if (info === undefined) return [];
    if (asked !== undefined && resource.namespace !== '' && resource.namespace !== asked) {
      throw new CommandError(`${resource.name} is of namespace ${resource.namespace}, and -n says ${asked}`, {
        exitCode: EXIT.usage,
      });
    }
    return [{ info, name: resource.name, namespace: resource.namespace }];
  });
}

async function ofWords(words: readonly string[], session: Session, values: ArgumentValues): Promise<Doomed[]> {
  if (words.length === 0) {
    const hint = 'berth delete isvc iris, or berth delete -f isvc.yaml';
    throw new CommandError('name what to delete', { exitCode: EXIT.usage, hint });
  }
  const { namespace } = session;
  const targets = targetsOf(words);
  const labels = values.text('selector');
  const isAll = values.flag('all') === true || labels !== undefined;
  const found: Doomed[] = [];
  for (const { info, name } of targets) {
    if (name !== undefined) found.push({ info, name, namespace });
    else if (!isAll) {
      throw new CommandError(`name which of the ${info.plural}, or add --all`, { exitCode: EXIT.usage });
    } else {
      const query: Record<string, string> = labels === undefined ? {} : { labelSelector: labels };
      const objects = await listObjects(session, { info }, query);
      found.push(...objects.map((object) => ({ info, name: object.metadata.name, namespace })));
    }
  }
  return found;
}

async function waitUntilGone(doomed: readonly Doomed[], session: Session, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (const { info, name, namespace } of doomed) {
    for (;;) {
      const isGone = await session.client.call('GET', pathOf(info, namespace, name)).then(
        () => false,
        (thrown: unknown) => {
          if (thrown instanceof ApiError && thrown.status === 404) return true;
          throw thrown;
        },
      );
      if (isGone) break;
      if (performance.now() > deadline) {
        throw new CommandError(`${shownName(info, name)} is marked for deletion and still there`, {
          exitCode: EXIT.notReadyInTime,
          hint: `berth describe ${info.singular} ${name} tells what it waits for`,
        });
      }
      await sleep(50);
    }
  }
}
