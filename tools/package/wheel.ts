/** Wheels without Python: an archive with METADATA, WHEEL and RECORD as packaging.python.org's binary format says. */
import { createHash } from 'node:crypto';
import { type ZipFile, zip } from './zip.ts';

/** What a wheel is. */
export interface WheelOptions {
  /** The distribution's name, such as `berth-serving`. */
  readonly name: string;
  readonly version: string;
  /** `py3-none-any`, or one of a platform. */
  readonly tag: string;
  readonly summary: string;
  /** Markdown. */
  readonly description: string;
  readonly requires: readonly string[];
  readonly extras?: Readonly<Record<string, readonly string[]>>;
  /** Commands, as `name = module:function`. */
  readonly commands: readonly string[];
  /** The text of the licence. */
  readonly licence: string;
  readonly files: readonly ZipFile[];
}

/** The wheel's file name and bytes, the same for the same input. */
export function wheel(options: WheelOptions): { readonly file: string; readonly bytes: Buffer } {
  const base = `${options.name.replaceAll('-', '_')}-${options.version}`;
  const info = `${base}.dist-info`;
  const isPure = options.tag.endsWith('-any');
  const entryPoints = `[console_scripts]\n${options.commands.join('\n')}\n`;
  const texts = [
    text(`${info}/METADATA`, metadata(options)),
    text(`${info}/WHEEL`, `Wheel-Version: 1.0\nGenerator: berth\nRoot-Is-Purelib: ${isPure}\nTag: ${options.tag}\n`),
    text(`${info}/licenses/LICENSE`, options.licence),
    ...(options.commands.length === 0 ? [] : [text(`${info}/entry_points.txt`, entryPoints)]),
  ];
  const files = [...options.files].sort((left, right) => (left.path < right.path ? -1 : 1));
  const record = [...files, ...texts].map(({ path, bytes }) => {
    const digest = createHash('sha256').update(bytes).digest('base64url');
    return `${quoted(path)},sha256=${digest},${bytes.length}\n`;
  });
  // Installers want these last: they can then read them without unpacking the rest.
  const all = [...files, ...texts, text(`${info}/RECORD`, `${record.join('')}${info}/RECORD,,\n`)];
  return { file: `${base}-${options.tag}.whl`, bytes: zip(all) };
}

function metadata(options: WheelOptions): string {
  const extras = Object.entries(options.extras ?? {});
  return [
    'Metadata-Version: 2.1',
    `Name: ${options.name}`,
    `Version: ${options.version}`,
    `Summary: ${options.summary}`,
    'License: Apache-2.0',
    'License-File: LICENSE',
    'Classifier: License :: OSI Approved :: Apache Software License',
    'Classifier: Programming Language :: Python :: 3',
    'Requires-Python: >=3.8',
    ...options.requires.map((one) => `Requires-Dist: ${one}`),
    ...extras.flatMap(([name, wanted]) => [
      `Provides-Extra: ${name}`,
      ...wanted.map((one) => `Requires-Dist: ${one}; extra == "${name}"`),
    ]),
    'Description-Content-Type: text/markdown',
    '',
    options.description,
  ].join('\n');
}

function text(path: string, content: string): ZipFile {
  return { path, bytes: Buffer.from(content, 'utf8') };
}

function quoted(path: string): string {
  return /[",]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
}
