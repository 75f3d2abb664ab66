import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type Tags } from 'yaml';
import { type FieldPath, formatPath, type Issue, type Locator } from '../issue.ts';
import { PlainCopyError, plainCopy } from './plain-copy.ts';
import { keyText, SourceDocument } from './source-document.ts';

/** The API server of Kubernetes takes 3 MiB a request; so do we a document. */
export const MAX_DOCUMENT_BYTES = 3 * 1024 * 1024;
/** What one file of many documents may have. */
export const MAX_TEXT_BYTES = 32 * 1024 * 1024;
/** Documents of one text, and syntax errors told of one document: those after the first ones are mostly its echoes. */
const MAX_DOCUMENTS = 10_000;
const MAX_SYNTAX_ERRORS = 20;

/** One document of a YAML text: plain values, and where each came from. */
export interface ParsedDocument {
  readonly value: unknown;
  readonly locator: Locator;
}

/** Tags of YAML 1.1 that kubectl's reader has not, so that `12:30` and `2024-01-01` stay text. */
const UNKNOWN_TO_KUBECTL = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:binary',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:set',
]);

function kubectlTags(tags: Tags): Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return true;
    return !UNKNOWN_TO_KUBECTL.has(tag.tag) && !('format' in tag && tag.format === 'TIME');
  });
}

/**
 * Reads YAML (or JSON) as kubectl does: YAML 1.1 booleans such as `yes`, merge keys, several documents.
 * A key that stands twice is an error. Documents that hold nothing are left out.
 * Size, depth and the number of expanded aliases are bounded; no input makes it throw.
 */
export function parseYaml(text: string, file?: string): { documents: ParsedDocument[]; issues: Issue[] } {
  const source = file === undefined ? {} : { file };
  const tooLarge = oversize(text);
  if (tooLarge !== undefined) return { documents: [], issues: [{ ...tooLarge, ...source }] };
  const lines = new LineCounter();
  const issues: Issue[] = [];
  const documents: ParsedDocument[] = [];
  let parsed: Document.Parsed[];
  try {
    parsed = [
      ...parseAllDocuments(text.replace(/^\uFEFF/, ''), {
        lineCounter: lines,
        schema: 'yaml-1.1',
        merge: true,
        customTags: kubectlTags,
        stringKeys: true,
        uniqueKeys: false,
        prettyErrors: false,
        logLevel: 'silent',
      }),
    ] as Document.Parsed[];
  } catch (thrown) {
    // The parser recurses: a text nested tens of thousands deep ends its stack.
    const message = thrown instanceof RangeError ? 'the YAML is nested too deeply' : `the YAML can not be read`;
    return { documents: [], issues: [{ severity: 'error', message, path: '', ...source }] };
  }
  if (parsed.length > MAX_DOCUMENTS) {
    const message = `the file has ${parsed.length} documents; ${MAX_DOCUMENTS} are taken at once`;
    return { documents: [], issues: [{ severity: 'error', message, path: '', hint: 'split it', ...source }] };
  }
  for (const document of parsed) {
    const locator = new SourceDocument(document, lines);
    const tooDeep = document.errors.find((error) => error.message.includes('call stack'));
    for (const error of tooDeep === undefined ? document.errors.slice(0, MAX_SYNTAX_ERRORS) : [tooDeep]) {
      const position = locator.positionOf(error.pos[0]);
      const message =
        error.code === 'NON_STRING_KEY'
          ? 'a key is not plain text; a template such as {{ … }} must be filled in before, or quoted'
          : `not valid YAML: ${error === tooDeep ? 'it is nested too deeply' : error.message}`;
      issues.push({ severity: 'error', message, path: '', ...source, ...position });
    }
    if (document.errors.length > 0) continue;
    const duplicates = findDuplicates(document.contents as Node | null, locator);
    for (const duplicate of duplicates) issues.push({ ...duplicate, ...source });
    if (duplicates.length > 0) continue;
    try {
      const value = plainCopy(document.toJS({ maxAliasCount: 100 }));
      if (value !== null && value !== undefined) documents.push({ value, locator });
    } catch (thrown) {
      const message = thrown instanceof PlainCopyError ? thrown.message : unusable(thrown as Error);
      issues.push({ severity: 'error', message: `not usable YAML: ${message}`, path: '', ...source });
    }
  }
  return { documents, issues };
}

function unusable({ message }: Error): string {
  return message.startsWith('Excessive alias count') ? 'aliases expand to too much' : message;
}

/** The kind of a list, at the top of a YAML document or anywhere in JSON. */
const LIST = /(?:^|\n)kind: ?["']?[A-Za-z]{0,100}List["']?\s|"kind":\s{0,10}"[A-Za-z]{0,100}List"/;

function oversize(text: string): Issue | undefined {
  const limit = (what: string, bytes: number): Issue => ({
    severity: 'error',
    message: `${what} is larger than ${bytes / 1024 / 1024} MiB`,
    path: '',
    hint: 'a resource of this size is most likely a model file given in place of YAML',
  });
  if (text.length > MAX_TEXT_BYTES) return limit('the file', MAX_TEXT_BYTES);
  if (text.length <= MAX_DOCUMENT_BYTES) return undefined;
  let start = 0;
  for (let end = text.indexOf('\n---'); ; end = text.indexOf('\n---', start)) {
    const stop = end === -1 ? text.length : end;
    // A list is many resources, each of which is sent by itself: kubectl get -A -o yaml writes one document.
    const isList = stop - start > MAX_DOCUMENT_BYTES && LIST.test(text.slice(start, stop));
    if (stop - start > MAX_DOCUMENT_BYTES && !isList) return limit('a document', MAX_DOCUMENT_BYTES);
    if (end === -1) return undefined;
    start = end + 1;
  }
}

/** Duplicates told of one document. */
const MAX_DUPLICATES = 100;

/** Own search in place of the parser's, which compares each key with each. */
function findDuplicates(root: Node | null, locator: SourceDocument): Issue[] {
  const issues: Issue[] = [];
  const pending: { node: unknown; path: FieldPath }[] = [{ node: root, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, path } = next;
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) pending.push({ node: item, path: [...path, index] });
    } else if (isMap(node)) {
      const seen = new Map<string, number>();
      for (const pair of node.items) {
        const key = keyText(pair.key);
        const offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
        const first = seen.get(key);
        if (first !== undefined && key !== '<<' && issues.length < MAX_DUPLICATES) {
          issues.push({
            severity: 'error',
            message: `the key "${key}" stands twice; the first is on line ${locator.positionOf(first).line}`,
            path: formatPath([...path, key]),
            hint: 'keep one of the two',
            ...locator.positionOf(offset),
          });
        }
        seen.set(key, offset);
        pending.push({ node: pair.value, path: [...path, key] });
      }
    }
  }
  return issues;
}
