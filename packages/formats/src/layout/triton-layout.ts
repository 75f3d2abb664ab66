import { LoadError } from '@berth/inference';
import { readSmallText } from '../safe-files.ts';
import { chooseFile, formatOfFile } from './choose-file.ts';
import type { DiscoveredModel } from './discovered.ts';
import { type Entry, listFolder } from './folder.ts';
import { problem, type Search } from './found.ts';
import { settingsFileOf, settingsModel } from './settings-layout.ts';
import { readTritonConfig, TRITON_CONFIG_FILE, type TritonConfig, type VersionPolicy } from './triton-config.ts';

/** The version folders among entries: whole numbers without leading zeros, as Triton takes them; highest first. */
export function versionFolders(entries: readonly Entry[]): Entry[] {
  return entries
    .filter((entry) => entry.kind === 'folder' && /^[1-9][0-9]{0,17}$/.test(entry.name))
    .sort((left, right) => (BigInt(left.name) < BigInt(right.name) ? 1 : -1));
}

/** A folder's `config.pbtxt`. */
export function configFileOf(entries: readonly Entry[]): Entry | undefined {
  return entries.find((entry) => entry.name === TRITON_CONFIG_FILE && entry.kind === 'file');
}

/**
 * The versions of a model in Triton's layout: `1/model.onnx`, `2/model.onnx` and an optional `config.pbtxt` beside them.
 * Without a `version_policy` the latest one is served, as by Triton; folders of other formats, which Triton has not, and
 * those with an own `model-settings.json` are all served.
 * @param strictName the name that the config must repeat: its folder's, inside a repository.
 */
export async function tritonModels(
  search: Search,
  folder: string,
  entries: readonly Entry[],
  name: string,
  strictName: boolean,
): Promise<DiscoveredModel[]> {
  const versions = versionFolders(entries);
  let config: TritonConfig | undefined;
  try {
    const file = configFileOf(entries);
    config = file === undefined ? undefined : readTritonConfig(await readSmallText(file.path));
    if (strictName && config?.name !== undefined && config.name !== name) {
      throw new LoadError(
        'ModelLayout',
        `${TRITON_CONFIG_FILE} says the name "${config.name}" but the folder is "${name}"; they must be equal`,
      );
    }
    if (versions.length === 0) {
      throw new LoadError(
        'ModelLayout',
        `"${name}" has a ${TRITON_CONFIG_FILE} but no version folder (1, 2, …) beside it`,
      );
    }
  } catch (error) {
    return [problem(name, folder, error, { tritonLayout: true })];
  }
  const models: DiscoveredModel[] = [];
  for (const version of chosenVersions(versions, config?.versionPolicy, config !== undefined)) {
    models.push(await versionModel(search, folder, version, name, config));
    // Only now is it known whether these are Triton's own files.
    if (config === undefined && models[0].format === 'onnx' && models[0].settings === undefined) break;
  }
  if (models.length === 0) {
    const error = new LoadError('ModelLayout', `"${name}": version_policy picks none of the version folders there are`);
    return [problem(name, folder, error, { tritonLayout: true })];
  }
  return models;
}

/** The file of that name, also where it lies with its external data in a folder of that name, as Triton's ONNX backend allows. */
async function namedFile(search: Search, entries: readonly Entry[], name: string): Promise<Entry | undefined> {
  const entry = entries.find((one) => one.name === name && (one.kind === 'file' || one.kind === 'folder'));
  if (entry?.kind !== 'folder') return entry;
  return (await listFolder(search.tree, entry.path)).find((one) => one.name === 'model.onnx' && one.kind === 'file');
}

function chosenVersions(versions: readonly Entry[], policy: VersionPolicy | undefined, configured: boolean): Entry[] {
  if (policy === undefined) return configured ? versions.slice(0, 1) : [...versions];
  switch (policy.kind) {
    case 'all':
      return [...versions];
    case 'latest':
      return versions.slice(0, policy.count);
    case 'specific':
      return versions.filter((entry) => policy.versions.some((version) => String(version) === entry.name));
  }
}

async function versionModel(
  search: Search,
  folder: string,
  version: Entry,
  name: string,
  config: TritonConfig | undefined,
): Promise<DiscoveredModel> {
  const shared = { version: version.name, tritonLayout: true, ...(config === undefined ? {} : { triton: config }) };
  try {
    const entries = await listFolder(search.tree, version.path);
    const settings = settingsFileOf(entries);
    if (settings !== undefined) {
      return await settingsModel(search, version.path, settings, { name, version: version.name });
    }
    const wanted = config?.defaultModelFilename ?? 'model.onnx';
    const named = await namedFile(search, entries, wanted);
    const warnings = (config?.ignored ?? []).map((field) => `${TRITON_CONFIG_FILE}: ${field} is not acted on`);
    if (named !== undefined) {
      const format = await formatOfFile(named, search.declared);
      return { name, format, path: named.path, folder, warnings, ...shared };
    }
    if (config?.defaultModelFilename !== undefined) {
      throw new LoadError('ModelLayout', `version ${version.name} has no file ${config.defaultModelFilename}`);
    }
    const chosen = await chooseFile(entries, search.declared);
    if ('nothing' in chosen) throw chosen.nothing;
    return { name, format: chosen.format, path: chosen.entry.path, folder, warnings, ...shared };
  } catch (error) {
    return problem(name, version.path, error, shared);
  }
}
