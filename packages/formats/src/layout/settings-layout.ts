import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from '../printable.ts';
import { isWithin, readSmallText, unreadable } from '../safe-files.ts';
import { type ChosenFile, chooseFile, formatOfFile } from './choose-file.ts';
import type { DiscoveredModel, FormatName } from './discovered.ts';
import { type Entry, listFolder } from './folder.ts';
import { problem, type Search } from './found.ts';
import { isModelName } from './model-name.ts';
import { MODEL_SETTINGS_FILE, readModelSettings, wellKnownNames } from './model-settings.ts';

/** Whether a folder's entries hold a `model-settings.json`. */
export function settingsFileOf(entries: readonly Entry[]): Entry | undefined {
  return entries.find((entry) => entry.name === MODEL_SETTINGS_FILE && entry.kind === 'file');
}

/**
 * The model of a folder with a `model-settings.json`. Its `uri` is relative to that file and must stay under the served
 * path; without one the folder itself is meant. MLServer's well-known names go before others.
 */
export async function settingsModel(
  search: Search,
  folder: string,
  file: Entry,
  fallback: { readonly name: string; readonly version?: string },
): Promise<DiscoveredModel> {
  let name = fallback.name;
  try {
    const read = readModelSettings(await readSmallText(file.path), search.environment);
    name = read.settings.name ?? name;
    if (!isModelName(name)) {
      const shown = printable(name);
      name = fallback.name;
      throw new LoadError('ModelLayout', `${MODEL_SETTINGS_FILE}: "${shown}" can not be a model's name in a URL`);
    }
    const version = read.settings.version ?? fallback.version;
    const target = read.uri === undefined ? folder : await confine(search, folder, read.uri);
    const chosen = await chooseAt(search, target, read.format ?? search.declared);
    return {
      name,
      ...(version === undefined ? {} : { version }),
      format: chosen.format,
      path: chosen.entry.path,
      folder,
      settings: read.settings,
      warnings: read.warnings,
    };
  } catch (error) {
    return problem(name, folder, error, fallback.version === undefined ? {} : { version: fallback.version });
  }
}

async function confine(search: Search, folder: string, uri: string): Promise<string> {
  const target = resolve(folder, uri.replace(/^file:\/\//, ''));
  const shown = printable(uri);
  let path: string;
  try {
    path = await realpath(target);
  } catch (error) {
    const { reason } = unreadable(target, error);
    throw new LoadError(
      reason,
      `${MODEL_SETTINGS_FILE}: parameters.uri "${shown}" leads to nothing; it is relative to the settings file`,
      { cause: error },
    );
  }
  if (!isWithin(search.tree.root, path)) {
    throw new LoadError(
      'UnsafeModel',
      `${MODEL_SETTINGS_FILE}: parameters.uri "${shown}" leads out of the served folder; serve a folder that holds both`,
    );
  }
  return path;
}

async function chooseAt(search: Search, target: string, format: FormatName | undefined): Promise<ChosenFile> {
  const stats = await stat(target);
  if (!stats.isDirectory()) {
    const entries = await listFolder(search.tree, dirname(target));
    const entry = entries.find((candidate) => candidate.path === target);
    if (entry === undefined || entry.kind !== 'file') {
      throw new LoadError('ModelLayout', `parameters.uri names no regular file`);
    }
    return { entry, format: await formatOfFile(entry, format) };
  }
  const entries = await listFolder(search.tree, target);
  for (const wellKnown of wellKnownNames(format)) {
    const entry = entries.find((candidate) => candidate.name === wellKnown && candidate.kind === 'file');
    if (entry !== undefined) return { entry, format: await formatOfFile(entry, format) };
  }
  const chosen = await chooseFile(entries, format);
  if ('nothing' in chosen) throw chosen.nothing;
  return chosen;
}

const MAX_DEPTH = 8;

/** The folders under `folder` that hold a `model-settings.json`, as MLServer's recursive search finds them. */
export async function foldersWithSettings(
  search: Search,
  folder: string,
  depth = 0,
): Promise<{ readonly folder: string; readonly file: Entry }[]> {
  if (depth > MAX_DEPTH) return [];
  const entries = await listFolder(search.tree, folder);
  const file = settingsFileOf(entries);
  const found = file === undefined ? [] : [{ folder, file }];
  for (const entry of entries) {
    if (entry.kind !== 'folder' || entry.name.startsWith('.')) continue;
    // A link to a folder above would go round for ever.
    if (isWithin(entry.path, folder)) continue;
    found.push(...(await foldersWithSettings(search, entry.path, depth + 1)));
  }
  return found;
}
