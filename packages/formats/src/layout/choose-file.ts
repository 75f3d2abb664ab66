import { LoadError } from '@berth/inference';
import { printable } from '../printable.ts';
import { readHead } from '../safe-files.ts';
import { formatByContent, HEAD_BYTES } from './content.ts';
import type { FormatName } from './discovered.ts';
import { extensionOf, isLitter, nameSome, usualExtensions } from './file-names.ts';
import type { Entry } from './folder.ts';
import { refusalText, SUPPORTED_TODAY, unsupportedByContent, unsupportedByName } from './unsupported.ts';

/** A file with what its bytes and its name tell. */
interface Candidate {
  readonly entry: Entry;
  readonly format?: FormatName;
  readonly unsupported?: string;
}

/** Most files of one folder that are opened to see what they are. */
const MAX_OPENED = 2000;

/** A larger file that does not start like a model is not read to find out why. */
const MAX_GUESSED_BYTES = 1 << 26;

/** The one file of a folder to load. */
export interface ChosenFile {
  readonly entry: Entry;
  readonly format: FormatName;
}

/** A folder without anything that looks like a model: what to say where one was needed. */
export interface NoFile {
  readonly nothing: LoadError;
}

/**
 * The model file among a folder's entries, by KServe's rule (exactly one; its Python servers raise "More than one model
 * file is detected"), but by content before name: with a `declared` format the one file of that format, those with the
 * format's usual extensions first; without, the one file of any format.
 * @throws LoadError ModelLayout that names both of two, or what lies there; UnsupportedModel for a model of another kind.
 */
export async function chooseFile(entries: readonly Entry[], declared?: FormatName): Promise<ChosenFile | NoFile> {
  const files = entries.filter((entry) => entry.kind === 'file' && !isLitter(entry.name));
  if (files.length > MAX_OPENED) {
    throw new LoadError('LimitExceeded', `${files.length} files could be the model; name the file itself`);
  }
  const candidates: Candidate[] = [];
  for (const entry of files) candidates.push(await examine(entry));
  const matching = candidates.filter((candidate) =>
    declared === undefined ? candidate.format !== undefined : candidate.format === declared,
  );
  const usual = matching.filter((candidate) => hasUsualExtension(candidate, candidate.format as FormatName));
  const best = usual.length > 0 ? usual : matching;
  if (best.length > 1) throw tooMany(best);
  if (best.length === 1) return { entry: best[0].entry, format: best[0].format as FormatName };
  const unread = damagedOnes(candidates, declared).filter((candidate) => candidate.entry.sizeBytes > 0);
  if (declared === 'lightgbm' && unread.length === 1 && candidates.every((one) => one.format === undefined)) {
    // A text without a first line to tell it by: the reader says best what is missing inside.
    return { entry: unread[0].entry, format: declared };
  }
  const refused = refuse(entries, candidates, declared);
  if (refused !== undefined) throw refused;
  return { nothing: nothingFound(entries, declared) };
}

/** What one file is; never a refusal by itself. */
async function examine(entry: Entry): Promise<Candidate> {
  const byName = unsupportedByName(entry.name);
  const head = await readHead(entry.path, HEAD_BYTES);
  const unsupported = unsupportedByContent(head) ?? byName;
  if (unsupported !== undefined) return { entry, unsupported };
  const format = formatByContent(head, entry.name);
  return format === undefined ? { entry } : { entry, format };
}

/**
 * The format of one named file.
 * @throws LoadError UnsupportedModel, ModelLayout for another format than the declared, CorruptModel for an empty file.
 */
export async function formatOfFile(entry: Entry, declared?: FormatName): Promise<FormatName> {
  const candidate = await examine(entry);
  const name = printable(entry.name);
  if (candidate.unsupported !== undefined) throw refusal(name, candidate.unsupported);
  if (candidate.format !== undefined && (declared === undefined || declared === candidate.format)) {
    return candidate.format;
  }
  if (candidate.format !== undefined) throw otherFormat(name, candidate.format, declared as FormatName);
  if (entry.sizeBytes === 0) throw new LoadError('CorruptModel', `${name} is empty (0 bytes); save the model again`);
  const guess = declared ?? guessByExtension(entry.name);
  const other = await otherThing(entry);
  if (other !== undefined) throw other;
  if (guess !== undefined && guess !== 'onnx' && entry.sizeBytes > MAX_GUESSED_BYTES) throw damage([candidate], guess);
  // The format's own reader says best what is wrong inside.
  if (guess !== undefined) return guess;
  throw new LoadError('UnsupportedModel', `${name} is of no known format; ${SUPPORTED_TODAY}`);
}

/** Pages and pointers that are saved where a model should be. */
async function otherThing(entry: Entry): Promise<LoadError | undefined> {
  const head = Buffer.from(await readHead(entry.path, 128))
    .toString('latin1')
    .trimStart();
  const name = printable(entry.name);
  if (/^<(!doctype html|html)/i.test(head)) {
    const why = 'a sign-in or error page may have been saved in its place; download it again';
    return new LoadError('CorruptModel', `${name} is an HTML page, not a model: ${why}`);
  }
  if (head.startsWith('version https://git-lfs')) {
    return new LoadError('CorruptModel', `${name} is a pointer of Git LFS, not the model: git lfs pull brings it`);
  }
  return undefined;
}

function hasUsualExtension(candidate: Candidate, format: FormatName): boolean {
  return usualExtensions(format).includes(extensionOf(candidate.entry.name));
}

function guessByExtension(name: string): FormatName | undefined {
  const extension = extensionOf(name);
  if (extension === '.onnx') return 'onnx';
  if (usualExtensions('sklearn').includes(extension)) return 'sklearn';
  if (extension === '.bst' || extension === '.ubj') return 'xgboost';
  return undefined;
}

function tooMany(candidates: readonly Candidate[]): LoadError {
  const names = nameSome(candidates.map((candidate) => candidate.entry.name));
  const formats = new Set(candidates.map((candidate) => candidate.format));
  const also = formats.size > 1 ? ', or declare the format' : '';
  return new LoadError(
    'ModelLayout',
    `more than one file can be the model: ${names}; leave one of them, name the file itself${also}`,
  );
}

/** The refusal where something there is a model of another kind, damaged, or out of reach. */
function refuse(
  entries: readonly Entry[],
  candidates: readonly Candidate[],
  declared: FormatName | undefined,
): LoadError | undefined {
  const named = (kind: Entry['kind']) =>
    entries.filter((entry) => entry.kind === kind && !isLitter(entry.name)).map((entry) => entry.name);
  const other = candidates.find((candidate) => candidate.format !== undefined);
  if (other !== undefined) {
    return otherFormat(printable(other.entry.name), other.format as FormatName, declared as FormatName);
  }
  const outside = named('outside');
  if (outside.length > 0) {
    return new LoadError(
      'UnsafeModel',
      `a link leads out of the model's folder: ${nameSome(outside)}; put the file itself there`,
    );
  }
  const broken = named('broken');
  if (broken.length > 0) {
    return new LoadError('ModelUnreadable', `a link leads to nothing that can be read: ${nameSome(broken)}`);
  }
  const damaged = damagedOnes(candidates, declared);
  if (damaged.length > 0) return damage(damaged, declared);
  const unsupported =
    candidates.find((candidate) => candidate.entry.name.startsWith('saved_model.')) ??
    candidates.find((candidate) => candidate.unsupported !== undefined);
  if (unsupported !== undefined) return refusal(printable(unsupported.entry.name), unsupported.unsupported as string);
  const saved = entries.find((entry) => entry.kind === 'folder' && /\.(?:savedmodel|mlpackage)$/i.test(entry.name));
  if (saved === undefined) return undefined;
  const kind = saved.name.toLowerCase().endsWith('.mlpackage') ? 'a Core ML model' : 'a TensorFlow SavedModel';
  return refusal(printable(saved.name), kind);
}

function nothingFound(entries: readonly Entry[], declared: FormatName | undefined): LoadError {
  const seen = entries.map((entry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name));
  const wanted =
    declared === undefined
      ? '.joblib, .pkl, .pickle, .bst, .json, .ubj, .txt, .onnx'
      : usualExtensions(declared).join(', ');
  const what = declared === undefined ? 'no model file' : `no ${declared} model file`;
  return new LoadError(
    'ModelLayout',
    `${what} found; the folder holds ${nameSome(seen)}; looked for ${wanted}, or any file with such content`,
  );
}

/** Files that have a format's name but no content that tells it: cut short, empty, overwritten. */
function damagedOnes(candidates: readonly Candidate[], declared: FormatName | undefined): Candidate[] {
  return candidates.filter((candidate) => {
    if (candidate.unsupported !== undefined || candidate.format !== undefined) return false;
    const extension = extensionOf(candidate.entry.name);
    if (declared !== undefined) return usualExtensions(declared).includes(extension);
    return guessByExtension(candidate.entry.name) !== undefined;
  });
}

function damage(candidates: readonly Candidate[], declared: FormatName | undefined): LoadError {
  if (candidates.length > 1) return tooMany(candidates);
  const { entry } = candidates[0];
  const name = printable(entry.name);
  if (entry.sizeBytes === 0) return new LoadError('CorruptModel', `${name} is empty (0 bytes); save the model again`);
  const format = declared ?? guessByExtension(entry.name);
  return new LoadError(
    'CorruptModel',
    `${name} does not start like a ${format} model; it is damaged or something else`,
  );
}

function refusal(name: string, kind: string): LoadError {
  return new LoadError('UnsupportedModel', refusalText(name, kind));
}

function otherFormat(name: string, found: FormatName, declared: FormatName): LoadError {
  return new LoadError(
    'ModelLayout',
    `the declared format is ${declared}, but ${name} is by its content a ${found} model; declare ${found} or put a ${declared} model there`,
  );
}
