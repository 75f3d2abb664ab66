import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from '../printable.ts';
import { FORMAT_NAMES, isFormatName } from '../registry.ts';
import { chooseFile, formatOfFile } from './choose-file.ts';
import type { DiscoveredModel, DiscoverOptions, FormatName } from './discovered.ts';
import { extensionOf, isLitterFolder, nameSome } from './file-names.ts';
import { type Entry, listFolder, openTree } from './folder.ts';
import { problem, type Search } from './found.ts';
import { isModelName, toModelName } from './model-name.ts';
import { formatOfImplementation } from './model-settings.ts';
import { foldersWithSettings, settingsFileOf, settingsModel } from './settings-layout.ts';
import { configFileOf, tritonModels, versionFolders } from './triton-layout.ts';

const MAX_ENTRIES = 100_000;

/**
 * The models that a path serves, sorted by name and version: a bare file; a folder with one model file; a folder of
 * folders, each that holds a model under its name; MLServer's `model-settings.json`; Triton's `name/version/file`.
 * Never throws for what lies there: a model that can not be served is an entry with a `problem`.
 */
export async function discoverModels(root: string, options: DiscoverOptions = {}): Promise<DiscoveredModel[]> {
  const absolute = resolve(root);
  const environment = options.environment ?? new Map<string, string>();
  const name = options.name ?? environment.get('MLSERVER_MODEL_NAME') ?? toModelName(basename(absolute));
  try {
    if (!isModelName(name)) {
      throw new LoadError('ModelLayout', `"${printable(name)}" can not be a model's name: letters, digits, - _ . only`);
    }
    const declared = declaredFormat(options.format, environment);
    const stats = await stat((await openTree(absolute, 1)).root);
    const tree = await openTree(stats.isDirectory() ? absolute : dirname(absolute), options.maxEntries ?? MAX_ENTRIES);
    const search: Search = { tree, declared, environment, options };
    if (!stats.isDirectory()) return [await bareFile(search, absolute, name)];
    return inOrder(await rootFolder(search, name));
  } catch (error) {
    return [problem(name, absolute, error)];
  }
}

function declaredFormat(format: string | undefined, environment: ReadonlyMap<string, string>): FormatName | undefined {
  // KServe's `triton` format says only which server to take.
  if (format === 'triton') return undefined;
  if (format !== undefined) {
    if (isFormatName(format)) return format;
    throw new LoadError(
      'UnsupportedModel',
      `the model format "${printable(format)}" is not served yet; served are ${[...FORMAT_NAMES].sort().join(', ')}`,
    );
  }
  const implementation = environment.get('MLSERVER_MODEL_IMPLEMENTATION');
  return implementation === undefined ? undefined : formatOfImplementation(implementation);
}

/** A file that was named itself: links are followed, since the user chose it. */
async function bareFile(search: Search, absolute: string, name: string): Promise<DiscoveredModel> {
  const named = search.options.name ?? search.environment.get('MLSERVER_MODEL_NAME');
  const extension = extensionOf(basename(absolute));
  const stem = named ?? toModelName(basename(absolute).slice(0, basename(absolute).length - extension.length));
  const { root } = await openTree(absolute, 1);
  const stats = await stat(root);
  if (!stats.isFile()) return problem(name, absolute, new LoadError('ModelLayout', `${name} is no regular file`));
  const entry: Entry = { name: basename(absolute), path: root, kind: 'file', sizeBytes: stats.size };
  const folder = dirname(root);
  try {
    return { name: stem, format: await formatOfFile(entry, search.declared), path: root, folder, warnings: [] };
  } catch (error) {
    return problem(stem, root, error);
  }
}

async function rootFolder(search: Search, name: string): Promise<DiscoveredModel[]> {
  const folder = search.tree.root;
  const entries = await listFolder(search.tree, folder);
  const own = await folderModels(search, folder, entries, name, false);
  const children = own !== undefined && settingsFileOf(entries) === undefined ? [] : await childModels(search, entries);
  const found = [...(own ?? []), ...children];
  if (found.length > 0) return found;
  const chosen = await chooseFile(entries, search.declared);
  return [problem(name, folder, 'nothing' in chosen ? chosen.nothing : new LoadError('ModelLayout', 'no model found'))];
}

/**
 * The models that one folder is: by its settings file, as a Triton model, or by its one model file; undefined where it is
 * none of these.
 */
async function folderModels(
  search: Search,
  folder: string,
  entries: readonly Entry[],
  name: string,
  insideRepository: boolean,
): Promise<DiscoveredModel[] | undefined> {
  const settings = settingsFileOf(entries);
  if (settings !== undefined) return [await settingsModel(search, folder, settings, { name })];
  if (configFileOf(entries) !== undefined) return tritonModels(search, folder, entries, name, insideRepository);
  try {
    const chosen = await chooseFile(entries, search.declared);
    if (!('nothing' in chosen)) {
      return [{ name, format: chosen.format, path: chosen.entry.path, folder, warnings: [] }];
    }
  } catch (error) {
    return [problem(name, folder, error)];
  }
  if (versionFolders(entries).length > 0) return tritonModels(search, folder, entries, name, insideRepository);
  return undefined;
}

async function childModels(search: Search, entries: readonly Entry[]): Promise<DiscoveredModel[]> {
  const found: DiscoveredModel[] = [];
  for (const entry of entries) {
    if (isLitterFolder(entry.name)) continue;
    if (entry.kind === 'outside-folder') {
      const error = new LoadError(
        'UnsafeModel',
        `${printable(entry.name)} is a link that leads out of the served folder`,
      );
      found.push(problem(toModelName(entry.name), entry.path, error));
    }
    if (entry.kind === 'folder') found.push(...(await childModel(search, entry)));
  }
  return found;
}

async function childModel(search: Search, entry: Entry): Promise<DiscoveredModel[]> {
  const name = isModelName(entry.name) ? entry.name : toModelName(entry.name);
  try {
    const entries = await listFolder(search.tree, entry.path);
    const own = await folderModels(search, entry.path, entries, name, true);
    if (own !== undefined) {
      if (name === entry.name || own.some((model) => model.settings?.name !== undefined)) return own;
      const shown = printable(entry.name);
      throw new LoadError('ModelLayout', `the folder "${shown}" can not be a model's name in a URL; rename it`);
    }
    const deeper = await foldersWithSettings(search, entry.path);
    const models: DiscoveredModel[] = [];
    for (const { folder, file } of deeper) {
      models.push(await settingsModel(search, folder, file, { name: toModelName(basename(folder)) }));
    }
    if (models.length > 0) return models;
    if (entries.every((child) => isPassedOver(child))) {
      search.options.onWarning?.(`the folder ${printable(entry.name)} holds no model file and is passed over`);
      return [];
    }
    const chosen = await chooseFile(entries, search.declared);
    return 'nothing' in chosen ? [problem(name, entry.path, chosen.nothing)] : [];
  } catch (error) {
    return [problem(name, entry.path, error)];
  }
}

/** Whether an entry gives no hint that its folder was meant as a model. */
function isPassedOver(entry: Entry): boolean {
  return (
    entry.kind === 'folder' || entry.kind === 'other' || extensionOf(entry.name) !== '' || entry.name.startsWith('.')
  );
}

/** By name, then version; where two folders hold one name and version, one entry that says so. */
function inOrder(models: readonly DiscoveredModel[]): DiscoveredModel[] {
  const byKey = new Map<string, DiscoveredModel>();
  for (const model of models) {
    const key = JSON.stringify([model.name, model.version ?? '']);
    const before = byKey.get(key);
    if (before === undefined) {
      byKey.set(key, model);
      continue;
    }
    const places = nameSome([before, model].map((one) => relative(dirname(dirname(one.path)), one.path)));
    const error = new LoadError(
      'ModelLayout',
      `two places hold a model "${model.name}" of the same version: ${places}`,
    );
    byKey.set(
      key,
      problem(model.name, model.folder, error, model.version === undefined ? {} : { version: model.version }),
    );
  }
  return [...byKey.values()].sort((left, right) => {
    if (left.name !== right.name) return left.name < right.name ? -1 : 1;
    return compareVersions(left.version ?? '', right.version ?? '');
  });
}

/** Whole numbers by value, other versions after them by text. */
function compareVersions(left: string, right: string): number {
  const whole = /^[0-9]{1,18}$/;
  if (whole.test(left) && whole.test(right)) return Number(BigInt(left) - BigInt(right));
  if (whole.test(left) !== whole.test(right)) return whole.test(left) ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}
