/** How much an issue matters: an error refuses the document, a warning does not, a note is only good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** Steps from the top of a document to a field. */
export type FieldPath = readonly (string | number)[];

/** Something to say about a document that a person wrote. */
export interface Issue {
  readonly severity: Severity;
  readonly message: string;
  /** The field, e.g. `spec.predictor.model.storageUri`; empty for the document as a whole. */
  readonly path: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly file?: string;
  /** 1-based; absent where the document has no text (it came through the API). */
  readonly line?: number;
  readonly column?: number;
}

/** A place in a text, 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds where a field stands in the text it came from. */
export interface Locator {
  /** The key (or list item) at `path`, or the nearest enclosing field that exists. */
  locate(path: FieldPath, what: 'key' | 'value'): Position | undefined;
  /** The scalar as it was written, e.g. `1.10`; undefined where it is no plain scalar. */
  source(path: FieldPath): string | undefined;
}

/** `spec.predictor.containers[0].env[1].name`; keys that are no plain names are quoted in brackets. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]{0,99}$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.length > 100 ? `${step.slice(0, 97)}…` : step)}]`;
  }
  return text;
}

interface Detail {
  readonly hint?: string;
  /** Point at the key or at the value; default the value. */
  readonly at?: 'key' | 'value';
}

/** Issues told of one document; finding a place for each of a million would take hours. */
const MAX_ISSUES = 200;

/** Collects the issues of one document; `strict` turns warnings about what nothing reads into errors. */
export class IssueCollector {
  readonly issues: Issue[] = [];
  readonly strict: boolean;
  readonly locator: Locator;
  readonly #file: string | undefined;

  constructor(locator: Locator, options: { file?: string | undefined; strict?: boolean | undefined } = {}) {
    this.locator = locator;
    this.#file = options.file;
    this.strict = options.strict ?? false;
  }

  error(path: FieldPath, message: string, detail: Detail = {}): void {
    this.#add('error', path, message, detail);
  }

  warning(path: FieldPath, message: string, detail: Detail = {}): void {
    this.#add('warning', path, message, detail);
  }

  note(path: FieldPath, message: string, detail: Detail = {}): void {
    this.#add('note', path, message, detail);
  }

  /** Something that nothing reads: a warning, or an error where the client asked for strict validation. */
  unread(path: FieldPath, message: string, detail: Detail = {}): void {
    this.#add(this.strict ? 'error' : 'warning', path, message, detail);
  }

  get hasErrors(): boolean {
    return this.issues.some((issue) => issue.severity === 'error');
  }

  /** Whether so much is wrong that there is no use in looking further; the document is refused then. */
  get isFull(): boolean {
    return this.issues.length > MAX_ISSUES;
  }

  #add(severity: Severity, path: FieldPath, message: string, detail: Detail): void {
    if (this.isFull) return;
    if (this.issues.length === MAX_ISSUES) {
      const last = `there is more to say than these ${MAX_ISSUES} things; mend them first`;
      this.issues.push({
        severity: 'error',
        message: last,
        path: '',
        ...(this.#file === undefined ? {} : { file: this.#file }),
      });
      return;
    }
    const position = this.locator.locate(path, detail.at ?? 'value');
    this.issues.push({
      severity,
      message,
      path: formatPath(path),
      ...(detail.hint === undefined ? {} : { hint: detail.hint }),
      ...(this.#file === undefined ? {} : { file: this.#file }),
      ...(position ?? {}),
    });
  }
}
