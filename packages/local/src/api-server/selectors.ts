import type { ApiObject } from '@berth/control';
import { ApiFailure } from './failure.ts';

/** Whether an object is wanted. */
export type Matcher = (object: ApiObject) => boolean;

const MAX_LENGTH = 16_384;

/**
 * Kubernetes' label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas; `a>1` and `a<1` for labels that are whole numbers.
 * @throws ApiFailure 400
 */
export function labelMatcher(selector: string | null): Matcher {
  if (selector === null || selector.trim() === '') return () => true;
  if (selector.length > MAX_LENGTH) throw bad('label', selector);
  const terms = splitTerms(selector).map((term) => labelTerm(term, selector));
  return ({ metadata }) => {
    const labels = new Map(Object.entries(metadata.labels ?? {}));
    return terms.every((term) => term(labels));
  };
}

/** Commas outside of parentheses separate terms. */
function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let term = '';
  for (const character of selector) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) {
      terms.push(term);
      term = '';
    } else term += character;
  }
  return [...terms, term].map((one) => one.trim());
}

const KEY = '[A-Za-z0-9][-A-Za-z0-9_./]{0,316}';
const SET_TERM = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]{0,8000})\\)$`);
const EQUAL_TERM = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]{0,63})$`);
const ORDER_TERM = new RegExp(`^(${KEY})\\s*([<>])\\s*(-?\\d{1,18})$`);
const EXISTS_TERM = new RegExp(`^(!?)\\s*(${KEY})$`);

function labelTerm(term: string, selector: string): (labels: ReadonlyMap<string, string>) => boolean {
  const set = SET_TERM.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    checkKey(key, selector);
    const values = new Set(list.split(',').map((one) => one.trim()));
    return operator === 'in'
      ? (labels) => labels.has(key) && values.has(labels.get(key) as string)
      : (labels) => !labels.has(key) || !values.has(labels.get(key) as string);
  }
  const equal = EQUAL_TERM.exec(term);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    checkKey(key, selector);
    return operator === '!=' ? (labels) => labels.get(key) !== value : (labels) => labels.get(key) === value;
  }
  const order = ORDER_TERM.exec(term);
  if (order !== null) {
    const [, key = '', operator, bound = ''] = order;
    checkKey(key, selector);
    return (labels) => {
      const value = /^-?\d{1,18}$/.test(labels.get(key) ?? '') ? BigInt(labels.get(key) as string) : undefined;
      return value !== undefined && (operator === '>' ? value > BigInt(bound) : value < BigInt(bound));
    };
  }
  const exists = EXISTS_TERM.exec(term);
  if (exists === null) throw bad('label', selector);
  const [, not, key = ''] = exists;
  checkKey(key, selector);
  return not === '!' ? (labels) => !labels.has(key) : (labels) => labels.has(key);
}

/** A key of labels: a name of 63 characters at most, and a domain before it. */
function checkKey(key: string, selector: string): void {
  const steps = key.split('/');
  const name = steps.at(-1) as string;
  if (steps.length > 2 || name === '' || name.length > 63 || !/[A-Za-z0-9]$/.test(name)) throw bad('label', selector);
}

/** Fields that Kubernetes offers to select by, beside name and namespace. */
const FIELDS: ReadonlyMap<string, RegExp> = new Map([
  ['Namespace', /^status\.phase$/],
  ['Secret', /^type$/],
  ['Pod', /^(status\.phase|spec\.nodeName)$/],
  ['Event', /^(type|reason|involvedObject\.(kind|namespace|name|uid|apiVersion|resourceVersion|fieldPath))$/],
]);

/**
 * Kubernetes' field selector: `metadata.name=a,type!=Normal`.
 * @throws ApiFailure 400
 */
export function fieldMatcher(selector: string | null, kind: string): Matcher {
  if (selector === null || selector.trim() === '') return () => true;
  if (selector.length > MAX_LENGTH) throw bad('field', selector);
  const terms = selector.split(',').map((term) => {
    const match = /^\s*([A-Za-z.]{1,100})\s*(==|=|!=)\s*(.{0,500}?)\s*$/.exec(term);
    if (match === null) throw bad('field', selector);
    const [, field = '', operator, value = ''] = match;
    if (field !== 'metadata.name' && field !== 'metadata.namespace' && FIELDS.get(kind)?.test(field) !== true) {
      throw new ApiFailure(400, 'BadRequest', `field label not supported: ${field}`);
    }
    const wanted = value.replace(/\\(.)/g, '$1');
    return (object: ApiObject) => (fieldOf(object, field) === wanted) === (operator !== '!=');
  });
  return (object) => terms.every((term) => term(object));
}

function fieldOf(object: ApiObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return '';
    value = (value as Record<string, unknown>)[step];
  }
  return value === undefined || value === null ? '' : String(value);
}

function bad(what: string, selector: string): ApiFailure {
  return new ApiFailure(400, 'BadRequest', `unable to parse the ${what} selector "${selector.slice(0, 200)}"`);
}
