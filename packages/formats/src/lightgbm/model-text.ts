import { LoadError } from '@berth/inference';

/** `key=value` lines; a `Map`, so that no key of a file meets `Object.prototype`. */
export type KeyValues = ReadonlyMap<string, string>;

/** The parts of a LightGBM text model, not yet interpreted. */
export interface ModelText {
  /** Lines before the first tree; a line without `=` has an empty value. */
  readonly header: KeyValues;
  readonly trees: readonly KeyValues[];
  /** `[name: value]` lines of the `parameters:` part. */
  readonly parameters: KeyValues;
  /** What follows `pandas_categorical:`. */
  readonly pandasCategorical: string | undefined;
}

/** JavaScript holds no longer text than this. */
const MAX_TEXT_BYTES = 512 * 1024 * 1024 - 32;

/**
 * Splits a text model by lines, not by the sizes it stores, so that line ends of another system do no harm, and each line
 * at its first `=` only, because names of columns may hold one.
 * @throws LoadError that says what is missing: everything, all trees, or the end of tree N; it tells the size of the file.
 */
export function splitModelText(text: string | Uint8Array): ModelText {
  const size = typeof text === 'string' ? Buffer.byteLength(text) : text.length;
  if (size === 0) throw new LoadError('CorruptModel', 'the LightGBM model file is empty (0 bytes)');
  if (size > MAX_TEXT_BYTES)
    throw new LoadError('LimitExceeded', `a text model of ${size} bytes is larger than can be read`);
  const lines = linesOf(typeof text === 'string' ? text : new TextDecoder('utf-8').decode(text));
  const header = new Map<string, string>();
  const trees: Map<string, string>[] = [];
  const parameters = new Map<string, string>();
  let pandasCategorical: string | undefined;
  let section: 'header' | 'tree' | 'rest' | 'parameters' = 'header';
  let ended = false;
  let first = true;
  for (const line of lines) {
    if (first && line !== '') {
      refuseOthers(line, size);
      first = false;
    }
    if (line.startsWith('pandas_categorical:')) {
      pandasCategorical = line.slice('pandas_categorical:'.length);
    } else if (section === 'parameters') {
      if (line === 'end of parameters') section = 'rest';
      else addParameter(parameters, line);
    } else if (line === 'parameters:') {
      section = 'parameters';
    } else if (section !== 'rest' && /^Tree=\d+/.test(line)) {
      trees.push(new Map());
      section = 'tree';
    } else if (line === 'end of trees' || /^feature.importances:/.test(line)) {
      ended = true;
      section = 'rest';
    } else if (line !== '' && section !== 'rest') {
      addLine(section === 'header' ? header : (trees.at(-1) as Map<string, string>), line);
    }
  }
  checkComplete(header, trees.length, ended, size);
  return { header, trees, parameters, pandasCategorical };
}

function* linesOf(text: string): Generator<string> {
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (start < text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    yield text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
    start = end + 1;
  }
}

function addLine(target: Map<string, string>, line: string): void {
  const at = line.indexOf('=');
  if (at < 0) target.set(line, '');
  else target.set(line.slice(0, at), line.slice(at + 1));
}

function addParameter(parameters: Map<string, string>, line: string): void {
  const match = /^\[([^:]+): ?(.*)\]$/.exec(line);
  if (match !== null) parameters.set(match[1], match[2]);
}

/** Says what a file is that is no LightGBM text model. */
function refuseOthers(line: string, size: number): void {
  if (line === 'tree' || line.startsWith('pandas_categorical:')) return;
  if (/^\s*\{/.test(line)) {
    throw new LoadError(
      'UnsupportedModel',
      'this is JSON, such as LightGBM\'s Booster.dump_model writes for people; save the model as text with Booster.save_model("model.txt")',
    );
  }
  throw new LoadError(
    'CorruptModel',
    `this is no LightGBM text model (${size} bytes): its first line is ${JSON.stringify(line.slice(0, 40))} instead of "tree"`,
  );
}

function checkComplete(header: KeyValues, trees: number, ended: boolean, size: number): void {
  const announced = header
    .get('tree_sizes')
    ?.split(' ')
    .filter((text) => text !== '').length;
  if (trees === 0 && announced === 0 && ended) return;
  if (trees === 0) {
    throw new LoadError(
      'CorruptModel',
      `the LightGBM model file has no tree at all (${size} bytes); save the model again`,
    );
  }
  if (ended && (announced === undefined || announced === trees)) return;
  const of = announced === undefined ? '' : ` of ${announced}`;
  throw new LoadError(
    'CorruptModel',
    `the LightGBM model file is cut inside or after tree ${trees - 1}: it holds ${trees}${of} trees in ${size} bytes; copy or save it again`,
  );
}
