import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Issue, parseManifests, type Resource } from '@berth/api';
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
  const sources = new Map<string, string>();
  for (const path of paths) {
    if (path === '-') sources.set('(standard input)', await io.readInput());
    else for (const [file, text] of await filesAt(path, io.cwd)) sources.set(file, text);
  }
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

/** The files at a path with their text. */
async function filesAt(path: string, cwd: string): Promise<[string, string][]> {
  const found = await stat(resolve(cwd, path)).catch((thrown: NodeJS.ErrnoException) => {
    const why =
      thrown.code === 'ENOENT' ? `there is no file or folder ${path}` : `${path} can not be read (${thrown.code})`;
    throw new CommandError(why, { code: 'FileNotFound' });
  });
  if (!found.isDirectory()) return [[path, await read(resolve(cwd, path), path)]];
  const names = (await readdir(resolve(cwd, path))).filter((name) => EXTENSIONS.test(name)).sort();
  const files: [string, string][] = [];
  for (const name of names) {
    const text = await read(resolve(cwd, path, name), join(path, name));
    // Requests and expected answers lie beside the YAML as JSON; they are no resources.
    const isOtherJson =
      name.toLowerCase().endsWith('.json') && !(text.includes('"apiVersion"') && text.includes('"kind"'));
    if (!isOtherJson) files.push([join(path, name), text]);
  }
  if (files.length === 0) throw new CommandError(`there is no YAML file in ${path}`, { code: 'FileNotFound' });
  return files;
}

async function read(path: string, shown: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_FILE_BYTES) {
      throw new CommandError(`${shown} is larger than 32 MiB; is it a model file?`, {
        exitCode: EXIT.invalidYaml,
        hint: 'berth serve takes model files',
      });
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    throw new CommandError(`${shown} can not be read: ${(thrown as NodeJS.ErrnoException).code ?? 'unknown error'}`, {
      code: 'FileUnreadable',
    });
  }
}
