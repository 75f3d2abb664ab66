import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Issue, parseManifests, type Resource } from '@berth/api';
import { inputPath } from '../paths/input-path.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';

/** The YAML extensions that are read from a folder. */
const EXTENSIONS = /\.(ya?ml|json)$/i;
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Everything read, from one file or several. */
export interface ReadManifests {
  readonly resources: readonly Resource[];
  readonly issues: readonly Issue[];
  /** The text of each file, under the name that issues carry. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Reads YAML files, every YAML file directly in a folder, or standard input (`-`).
 * @throws CommandError where it can not be read
 */
export async function readManifests(
  paths: readonly string[],
  io: Io,
  options: { readonly strict?: boolean; readonly namespace?: string },
): Promise<ReadManifests> {
  const sources = await readSources(paths, io);
  const resources: Resource[] = [];
  const issues: Issue[] = [];
  for (const [file, text] of sources) {
    const parsed = parseManifests(text, { ...options, file });
    // One at a time: a hostile file has more of them than a call takes arguments.
    for (const issue of parsed.issues) issues.push(issue);
    for (const resource of parsed.resources) {
      const twin = resources.find(
        (one) => one.kind === resource.kind && one.namespace === resource.namespace && one.name === resource.name,
      );
      if (twin === undefined) resources.push(resource);
      else {
        const position = resource.locator.locate(['metadata', 'name'], 'value');
        const message = `${resource.kind} "${resource.name}" stands in ${twin.file} as well`;
        issues.push({ severity: 'error', message, path: 'metadata.name', file, ...position });
      }
    }
  }
  return { resources, issues, sources };
}

/**
 * The text of YAML files, of every YAML file in a folder, or of standard input (`-`), by the name that messages have.
 * @throws CommandError where it can not be read
 */
export async function readSources(
  paths: readonly string[],
  io: Io,
  options: { readonly recursive?: boolean } = {},
): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const path of paths) {
    if (path === '') throw new CommandError('the name of the YAML file is empty', { code: 'UsageError' });
    if (path === '-') sources.set('(standard input)', await io.readInput());
    else await addFiles(path, io.cwd, options.recursive ?? false, sources);
  }
  return sources;
}

async function addFiles(path: string, cwd: string, recursive: boolean, sources: Map<string, string>): Promise<void> {
  const found = await stat(resolve(cwd, path)).catch(async (thrown: NodeJS.ErrnoException) => {
    // Names the one that was meant.
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') await inputPath(path, cwd, 'file or folder');
    const why =
      thrown.code === 'ELOOP'
        ? `${path} is a link that leads back to itself`
        : `${path} can not be read (${thrown.code})`;
    throw new CommandError(why, { code: 'FileUnreadable' });
  });
  if (!found.isDirectory()) {
    sources.set(path, await read(resolve(cwd, path), path));
    return;
  }
  const before = sources.size;
  for (const name of await namesIn(path, cwd, recursive)) {
    // Data, as JSON; no manifest is that large.
    const size = (await stat(resolve(cwd, name)).catch(() => undefined))?.size ?? 0;
    if (/\.json$/i.test(name) && size > MAX_FILE_BYTES) continue;
    const text = await read(resolve(cwd, name), name);
    // Requests and expected answers lie beside the YAML as JSON; they are no resources.
    const isOtherJson =
      name.toLowerCase().endsWith('.json') && !(text.includes('"apiVersion"') && text.includes('"kind"'));
    if (!isOtherJson) sources.set(name, text);
  }
  if (sources.size === before) {
    throw new CommandError(`there is no YAML file in ${path}`, {
      code: 'FileNotFound',
      ...(recursive ? {} : { hint: 'the folders below it are not looked into' }),
    });
  }
}

/** Folders below one that hold no one's services. */
const PASSED_OVER = /^(\..*|node_modules|__pycache__|venv)$/;
/** Folders deep, and files of one tree. */
const MAX_DEPTH = 20;
const MAX_FILES = 10_000;

/** The YAML files of a folder, with those below it where that is asked for; links are not followed downwards. */
async function namesIn(root: string, cwd: string, recursive: boolean): Promise<string[]> {
  const names: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (recursive && depth < MAX_DEPTH && !PASSED_OVER.test(entry.name)) await visit(path, depth + 1);
      } else if (EXTENSIONS.test(entry.name) && (entry.isFile() || entry.isSymbolicLink())) names.push(path);
      if (names.length > MAX_FILES) {
        const message = `${root} holds more than ${MAX_FILES} YAML files`;
        throw new CommandError(message, { code: 'FileTooLarge', hint: 'name a folder of fewer' });
      }
    }
  };
  await visit(root, 0);
  return names;
}

/** @throws CommandError where the bytes are no text */
function textOf(bytes: Buffer, shown: string): string {
  if (!bytes.includes(0)) return bytes.toString('utf8');
  const mark = /^(fffe|feff)/.test(bytes.toString('hex', 0, 2));
  throw new CommandError(`${shown} is ${mark ? 'UTF-16' : 'no text'}: it holds NUL bytes`, {
    code: 'InvalidYaml',
    hint: mark ? 'save it as UTF-8' : 'berth serve takes model files; a YAML is UTF-8 text',
  });
}

async function read(path: string, shown: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) {
      throw new CommandError(`${shown} is larger than 32 MiB; is it a model file?`, {
        exitCode: EXIT.invalidYaml,
        hint: 'berth serve takes model files',
      });
    }
    return textOf(await readFile(path), shown);
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    throw new CommandError(`${shown} can not be read: ${(thrown as NodeJS.ErrnoException).code ?? 'unknown error'}`, {
      code: 'FileUnreadable',
    });
  }
}
