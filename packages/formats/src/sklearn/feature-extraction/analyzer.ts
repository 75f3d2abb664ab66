import { PySet } from '../../pickle/values.ts';
import { describeValue, type Fitted, listItems, scalarNumber } from '../fitted.ts';
import { ENGLISH_STOP_WORDS } from './english-stop-words.ts';
import { PYTHON_SPACE, translatePattern, UntranslatablePattern } from './python-regex.ts';
import { stripAccentsAscii, stripAccentsUnicode } from './strip-accents.ts';

/** A document's terms, in order and with repeats. */
export type Analyzer = (document: string) => string[];

/** The default `token_pattern`: words of two characters and more. */
const DEFAULT_PATTERN = '(?u)\\b\\w\\w+\\b';

/** Longest n-gram: each adds as many terms as the document has. */
const MAX_NGRAM = 100;

const SPACE_RUNS = new RegExp(`[${PYTHON_SPACE}]{2,}`, 'gv');
const SPACES = new RegExp(`[${PYTHON_SPACE}]+`, 'v');

/**
 * What `build_analyzer` makes of a vectoriser's parameters: lower-casing, accents, tokens, stop words, n-grams.
 * @throws LoadError UnsupportedModel for callables and for a pattern without a faithful translation, by name.
 */
export function readAnalyzer(fitted: Fitted): Analyzer {
  for (const name of ['preprocessor', 'tokenizer']) {
    if (fitted.has(name)) fitted.unsupported(`${name}=${describeValue(fitted.raw(name))} (a custom callable)`);
  }
  const preprocess = readPreprocessor(fitted);
  const range = listItems(fitted.raw('ngram_range'))?.map((item) => scalarNumber(item) ?? NaN) ?? [1, 1];
  const [min, max] = range;
  if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= min))
    fitted.corrupt('"ngram_range" is no range');
  if (max > MAX_NGRAM) fitted.unsupported(`n-grams of more than ${MAX_NGRAM}`);
  const kind = fitted.text('analyzer', 'word');
  if (kind === 'char') return (document) => charNgrams(preprocess(document), min, max);
  if (kind === 'char_wb') return (document) => boundedCharNgrams(preprocess(document), min, max);
  if (kind !== 'word') fitted.unsupported(`analyzer="${kind}"`);
  const tokenize = readTokenizer(fitted);
  const stopWords = readStopWords(fitted);
  return (document) => {
    const tokens = tokenize(preprocess(document));
    return wordNgrams(stopWords === undefined ? tokens : tokens.filter((token) => !stopWords.has(token)), min, max);
  };
}

function readPreprocessor(fitted: Fitted): (document: string) => string {
  const lower = fitted.flag('lowercase', true);
  const accents = fitted.has('strip_accents') ? fitted.text('strip_accents') : undefined;
  if (accents !== undefined && accents !== 'ascii' && accents !== 'unicode')
    fitted.unsupported(`strip_accents="${accents}"`);
  const strip = accents === 'ascii' ? stripAccentsAscii : accents === 'unicode' ? stripAccentsUnicode : undefined;
  return (document) => {
    const text = lower ? document.toLowerCase() : document;
    return strip === undefined ? text : strip(text);
  };
}

function readTokenizer(fitted: Fitted): (document: string) => string[] {
  const pattern = fitted.text('token_pattern', DEFAULT_PATTERN);
  try {
    const { regex, groups } = translatePattern(pattern);
    if (groups > 1) fitted.corrupt('"token_pattern" has more than one capturing group');
    if (groups === 0) return (document) => document.match(regex) ?? [];
    return (document) => Array.from(document.matchAll(regex), (match) => match[1] ?? '');
  } catch (error) {
    if (!(error instanceof UntranslatablePattern)) throw error;
    return fitted.unsupported(`token_pattern=${JSON.stringify(pattern)} (${error.message})`);
  }
}

function readStopWords(fitted: Fitted): ReadonlySet<string> | undefined {
  const value = fitted.raw('stop_words');
  if (value === undefined || value === null) return undefined;
  if (value === 'english') return ENGLISH_STOP_WORDS;
  const words = value instanceof PySet ? [...value.items] : listItems(value);
  if (words === undefined) return fitted.unsupported(`stop_words=${describeValue(value)}`);
  return new Set(words.filter((word) => typeof word === 'string'));
}

function wordNgrams(tokens: string[], min: number, max: number): string[] {
  if (max === 1) return tokens;
  const out: string[] = min === 1 ? tokens.slice() : [];
  for (let size = Math.max(min, 2); size <= Math.min(max, tokens.length); size++) {
    for (let at = 0; at + size <= tokens.length; at++) out.push(tokens.slice(at, at + size).join(' '));
  }
  return out;
}

function charNgrams(text: string, min: number, max: number): string[] {
  const chars = Array.from(text.replace(SPACE_RUNS, ' '));
  const out: string[] = [];
  for (let size = min; size <= Math.min(max, chars.length); size++) {
    for (let at = 0; at + size <= chars.length; at++) out.push(chars.slice(at, at + size).join(''));
  }
  return out;
}

/** n-grams within words, each with a space on both sides; a word shorter than n gives itself once. */
function boundedCharNgrams(text: string, min: number, max: number): string[] {
  const out: string[] = [];
  for (const word of text.split(SPACES)) {
    if (word === '') continue;
    const chars = [' ', ...Array.from(word), ' '];
    for (let size = min; size <= max; size++) {
      for (let at = 0; at === 0 || at + size <= chars.length; at++) out.push(chars.slice(at, at + size).join(''));
      if (size >= chars.length) break;
    }
  }
  return out;
}
