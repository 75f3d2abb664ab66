import { stat } from 'node:fs/promises';
import {
  type CacheCheck,
  type CachedModel,
  listCache,
  type PruneResult,
  pruneCache,
  removeFromCache,
  StorageError,
  verifyCache,
} from '@berth/storage';
import { CACHE_OPTION, cacheFolder } from '../arguments/cache-folder.ts';
import { type OptionSpecs, parseArguments, refuseUnknown } from '../arguments/parse.ts';
import { ArgumentValues } from '../arguments/values.ts';
import type { Command } from '../main.ts';
import { age } from '../resources/age.ts';
import { alignColumns } from '../resources/print-table.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { helpText } from '../terminal/help-text.ts';
import { formatBytes } from '../terminal/inspection-text.ts';
import { type Io, printable } from '../terminal/io.ts';

const OPTIONS: OptionSpecs = {
  'max-size': {
    type: 'string',
    value: 'SIZE',
    help: 'prune: what may stay, e.g. 20GiB; default nothing that nobody uses',
  },
  'unused-days': { type: 'string', value: 'DAYS', help: 'prune: only what was not used for so long' },
  'dry-run': { type: 'boolean', help: 'prune: only tell what would go' },
  force: { type: 'boolean', help: 'rm: also what is in use or kept' },
  output: { type: 'string', short: 'o', value: 'json', help: 'default a table' },
  ...CACHE_OPTION,
};
const VERBS = ['ls', 'rm', 'prune', 'verify'];
const DAY_MS = 86_400_000;
const DAYS = { min: 0, max: 36_500 };
/** Enough of a digest to tell models apart. */
const SHORT_DIGEST = 12;

export const command: Command = {
  help: helpText(
    'berth cache ls|rm|prune|verify [model …] [options]',
    [
      'ls      lists the downloaded models, the latest used first',
      'rm      removes models by digest (its start will do) or source',
      'prune   removes what nobody uses, the longest unused first, and what broken downloads left',
      'verify  reads every byte; what is damaged is set aside and fetched anew when it is next asked for',
    ].join('\n'),
    OPTIONS,
  ),
  async run(args, io) {
    const parsed = parseArguments(args, OPTIONS);
    await refuseUnknown(parsed, OPTIONS);
    const values = new ArgumentValues(parsed, io.env);
    const [verb = 'ls', ...names] = parsed.positionals;
    if (!VERBS.includes(verb) || (verb === 'rm') !== names.length > 0) {
      const message = VERBS.includes(verb)
        ? verb === 'rm'
          ? 'name a model by digest or source'
          : `cache ${verb} takes no model`
        : `cache can ${VERBS.join(', ')}`;
      const { nearest } = await import('@berth/api');
      const close = VERBS.includes(verb) ? undefined : nearest(verb, VERBS);
      const asked = VERBS.includes(verb) ? '' : `, not "${verb.slice(0, 100)}"`;
      throw new CommandError(`${message}${asked}`, {
        exitCode: EXIT.usage,
        hint: close === undefined ? 'berth cache ls' : `did you mean "berth cache ${close}"?`,
      });
    }
    const output = values.choice('output', ['json']);
    const folder = cacheFolder(values, io);
    const found = await stat(folder).catch(() => undefined);
    if (found !== undefined && !found.isDirectory()) {
      throw new CommandError(`${folder} is a file, not the folder of a cache`, {
        code: 'InvalidOption',
        hint: 'name the folder: --cache-dir, or BERTH_CACHE',
      });
    }
    try {
      return await VERB_RUNS[verb as Verb]({ folder, names, values, io, isJson: output === 'json' });
    } catch (thrown) {
      if (!(thrown instanceof StorageError)) throw thrown;
      const exitCode = thrown.reason === 'NotFound' ? EXIT.notFound : EXIT.failure;
      throw new CommandError(thrown.message, { exitCode, hint: 'berth cache ls' });
    }
  },
};

interface Run {
  readonly folder: string;
  readonly names: readonly string[];
  readonly values: ArgumentValues;
  readonly io: Io;
  readonly isJson: boolean;
}

type Verb = 'ls' | 'rm' | 'prune' | 'verify';

const VERB_RUNS: Readonly<Record<Verb, (run: Run) => Promise<number>>> = {
  async ls({ folder, io, isJson }) {
    const models = await listCache(folder);
    io.out(isJson ? `${JSON.stringify({ models }, null, 2)}\n` : table(models, new Date()));
    return EXIT.ok;
  },

  async rm({ folder, names, values, io, isJson }) {
    const removed: CachedModel[] = [];
    for (const name of names) {
      removed.push(...(await removeFromCache(folder, name, { force: values.flag('force') === true })));
    }
    tellRemoved({ removed, freedBytes: total(removed), keptBytes: 0 }, 'removed', io, isJson);
    return EXIT.ok;
  },

  async prune({ folder, values, io, isJson }) {
    const maxBytes = values.bytes('max-size');
    const days = values.integer('unused-days', DAYS);
    const dryRun = values.flag('dry-run') === true;
    const result = await pruneCache(folder, {
      dryRun,
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(days === undefined ? {} : { unusedForMs: days * DAY_MS }),
    });
    tellRemoved(result, dryRun ? 'would remove' : 'removed', io, isJson);
    return EXIT.ok;
  },

  async verify({ folder, io, isJson }) {
    const checks = await verifyCache(folder, isJson ? {} : { onChecked: (check) => io.out(checkLine(check)) });
    if (isJson) io.out(`${JSON.stringify({ checks }, null, 2)}\n`);
    return checks.every(({ damaged }) => damaged.length === 0) ? EXIT.ok : EXIT.failure;
  },
};

function table(models: readonly CachedModel[], now: Date): string {
  if (models.length === 0) return 'the cache is empty\n';
  const rows = models.map((model) => [
    model.digest.slice(0, SHORT_DIGEST),
    model.inPlace === undefined ? formatBytes(model.bytes) : 'in place',
    String(model.files),
    age(model.lastUsed.toISOString(), now),
    usage(model),
    printable(model.source),
  ]);
  return alignColumns([['DIGEST', 'SIZE', 'FILES', 'LAST USED', 'STATE', 'SOURCE'], ...rows]);
}

function usage({ isUsed, pinnedBy }: CachedModel): string {
  if (isUsed) return 'in use';
  return pinnedBy.length > 0 ? 'kept' : '-';
}

function tellRemoved(result: PruneResult, verb: string, io: Io, isJson: boolean): void {
  if (isJson) {
    io.out(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  for (const { digest, bytes, source } of result.removed) {
    io.out(`${verb} ${digest.slice(0, SHORT_DIGEST)} ${formatBytes(bytes)} ${printable(source)}\n`);
  }
  io.out(`${verb === 'removed' ? 'freed' : 'would free'} ${formatBytes(result.freedBytes)}\n`);
}

function checkLine({ model, damaged }: CacheCheck): string {
  const name = `${model.digest.slice(0, SHORT_DIGEST)} ${printable(model.source)}`;
  return damaged.length === 0 ? `✓ ${name}\n` : `✗ ${name}: damaged: ${printable(damaged.join(', '))}\n`;
}

function total(models: readonly CachedModel[]): number {
  return models.reduce((sum, { bytes }) => sum + bytes, 0);
}
