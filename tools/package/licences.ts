/** The licences of the packages of other people whose code is inside a bundle. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './bundle.ts';

const TEXTS = /^(licen[cs]e|copying|notice|thirdpartynotices)/i;

/** The folders under node_modules, relative to the repository, whose code a bundle holds, sorted. */
export function packagesIn(metafile: Metafile): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].sort();
}

/** One text for all of them: name, version, licence and the texts they ship. @throws Error where one names no licence */
export function licenceText(folders: readonly string[]): string {
  const sections = new Map<string, string>();
  for (const folder of folders) {
    const path = resolve(ROOT, folder);
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Record<
      string,
      string
    >;
    if (typeof license !== 'string') throw new Error(`${folder} names no licence: it can not be passed on`);
    const texts = readdirSync(path)
      .filter((file) => TEXTS.test(file) && !/\.[cm]?[jt]s$/.test(file))
      .sort()
      .map((file) => readFileSync(join(path, file), 'utf8').replaceAll('\r\n', '\n').trim());
    const head = `${name} ${version} (${license})`;
    sections.set(head, [head, '='.repeat(head.length), ...texts, ''].join('\n\n'));
  }
  const all = [...sections.keys()].sort().map((head) => sections.get(head));
  return `Code of these packages is inside this one, under their own licences.\n\n${all.join('\n')}`;
}
