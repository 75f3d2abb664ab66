import { type InferRequest, invalidInput, type Tensor } from '@berth/inference';
import { frameToMatrix } from './dense.ts';
import type { Column, Estimator, Frame, Table } from './estimator.ts';
import { numericDtype, tensorColumn, tensorNumbers, textCells } from './input-tensors.ts';

/** What a model says of the table it wants. */
type InputFacts = Pick<
  Estimator,
  'nFeaturesIn' | 'featureNamesIn' | 'columnSpelling' | 'requiredFeatures' | 'acceptsText' | 'takesDocuments'
>;

/** Names that an error lists before it gives up. */
const MAX_LISTED = 20;

/** Turns requests into the table that one model wants, with errors that say what to send instead. */
export class InputReader {
  readonly #facts: InputFacts;

  constructor(facts: InputFacts) {
    this.#facts = facts;
  }

  /** @throws InferenceError INVALID_INPUT that names the input, the row or the column. */
  read(request: InferRequest): Table {
    const { inputs, layout } = request;
    if (inputs.length === 0) throw invalidInput('the request holds no inputs');
    if (layout === 'columns') return this.#columns(inputs);
    if (layout === 'positional') return this.#positional(inputs);
    if (inputs.length === 1 && !this.#isOneNamedColumn(inputs[0])) return this.#single(inputs[0]);
    return this.#tensorPerFeature(inputs);
  }

  /** One tensor, called as one of several trained columns, of one column: the others are missing. */
  #isOneNamedColumn(tensor: Tensor): boolean {
    const names = this.#facts.featureNamesIn;
    if (names === undefined || names.length < 2 || !names.includes(tensor.name)) return false;
    return tensor.shape.length === 1 || tensor.shape[1] === 1;
  }

  #single(tensor: Tensor): Table {
    const { shape } = tensor;
    if (this.#facts.takesDocuments === true) return this.#documents(tensor);
    const expected = this.#facts.nFeaturesIn;
    let [rows, cols] = shape;
    if (shape.length !== 2) {
      // A flat list of texts is one column of them; so is one of numbers where the model has a single feature.
      if (shape.length === 1 && (expected === 1 || (expected === undefined && tensor.datatype === 'BYTES'))) cols = 1;
      else throw this.#notATable(tensor);
    }
    if (expected !== undefined && cols !== expected) {
      throw invalidInput(
        `input "${tensor.name}" has rows of ${cols} values; the model takes rows of ${expected}: send shape ${this.#shapeText()}`,
      );
    }
    if (rows === 0) throw invalidInput(`input "${tensor.name}" has no rows; send at least one`);
    if (tensor.datatype !== 'BYTES') {
      return { kind: 'matrix', rows, cols, data: tensorNumbers(tensor), dtype: numericDtype(tensor) };
    }
    const columns = Array.from(
      { length: cols },
      (_, j): Column => ({ kind: 'object', name: String(j), data: textCells(tensor, cols, j, rows) }),
    );
    return this.#finish({ kind: 'frame', rows, columns, named: false });
  }

  /** One text a row: a BYTES tensor of shape [n] or [n, 1]. */
  #documents(tensor: Tensor): Frame {
    if (tensor.datatype !== 'BYTES') {
      throw invalidInput(
        `the model takes texts; input "${tensor.name}" is ${tensor.datatype}: send BYTES of shape [n]`,
      );
    }
    const column = { ...tensorColumn(tensor, tensor.name), name: '0' };
    if (column.data.length === 0) throw invalidInput(`input "${tensor.name}" has no rows; send at least one`);
    return { kind: 'frame', rows: column.data.length, columns: [column], named: false };
  }

  #notATable(tensor: Tensor): Error {
    const { shape } = tensor;
    const count = this.#facts.nFeaturesIn;
    const rows = count === undefined ? 'rows of numbers' : `rows of ${count} ${count === 1 ? 'value' : 'values'}`;
    if (shape.length === 1) {
      return invalidInput(
        `the model takes a list of ${rows}; input "${tensor.name}" is one flat list of ${shape[0]} values: ` +
          `write one row as [[…]], shape ${this.#shapeText()}`,
      );
    }
    return invalidInput(
      `input "${tensor.name}" has ${shape.length} dimensions, shape [${shape.join(', ')}]; the model takes a list of ${rows}, shape ${this.#shapeText()}`,
    );
  }

  #shapeText(): string {
    return `[n, ${this.#facts.nFeaturesIn ?? 'features'}]`;
  }

  /** Several tensors without a content type: only where they are the model's own columns. */
  #tensorPerFeature(inputs: readonly Tensor[]): Table {
    const names = this.#facts.featureNamesIn;
    if (names !== undefined) return this.#columns(inputs);
    throw invalidInput(
      `the model takes one tensor of shape ${this.#shapeText()} and was sent ${inputs.length}; it was trained without ` +
        'column names, so they can not be put in order: send one tensor, or set the content type "pd" to take them as columns in the order sent',
    );
  }

  #columns(inputs: readonly Tensor[]): Table {
    const byName = new Map<string, Tensor>();
    for (const tensor of inputs) {
      const name = this.#facts.columnSpelling?.(tensor.name) ?? tensor.name;
      if (byName.has(name)) throw invalidInput(`column "${tensor.name}" is sent twice`);
      byName.set(name, tensor);
    }
    if (this.#facts.takesDocuments === true && inputs.length === 1) return this.#documents(inputs[0]);
    const names = this.#facts.featureNamesIn;
    if (names === undefined) return this.#unnamedColumns(inputs);
    this.#checkNames(byName, names);
    const rows = rowCount(inputs);
    const columns = names.map((name): Column => {
      const tensor = byName.get(name);
      if (tensor !== undefined) return tensorColumn(tensor, name);
      // Not needed by the model (dropped in training): a column of missing values holds its place.
      return { kind: 'number', name, data: new Float64Array(rows).fill(Number.NaN), dtype: 'float64' };
    });
    return this.#finish({ kind: 'frame', rows, columns, named: true });
  }

  #checkNames(sent: ReadonlyMap<string, Tensor>, names: readonly string[]): void {
    const required = this.#facts.requiredFeatures;
    const missing = (required ?? names).filter((name) => !sent.has(name));
    const known = new Set(names);
    const unknown = [...sent.keys()].filter((name) => !known.has(name));
    if (missing.length === 0 && (unknown.length === 0 || required !== undefined)) return;
    const parts: string[] = [];
    if (missing.length > 0) parts.push(`missing ${listNames(missing)}`);
    if (unknown.length > 0) parts.push(`unknown ${listNames(unknown)}`);
    throw invalidInput(
      `the input's columns are not the model's: ${parts.join('; ')}. The model takes ${listNames(names)}` +
        (this.#facts.nFeaturesIn === undefined ? '' : `, or one tensor of shape ${this.#shapeText()}`),
    );
  }

  /** Named columns for a model that was trained without names: in the order they were sent. */
  #unnamedColumns(inputs: readonly Tensor[]): Table {
    const rows = rowCount(inputs);
    this.#checkWidth(inputs.length, 'columns');
    const columns = inputs.map((tensor) => tensorColumn(tensor, tensor.name));
    return this.#finish({ kind: 'frame', rows, columns, named: true });
  }

  #positional(inputs: readonly Tensor[]): Table {
    if (this.#facts.takesDocuments === true && inputs.length === 1) return this.#documents(inputs[0]);
    const rows = rowCount(inputs);
    this.#checkWidth(inputs.length, 'values a row');
    const columns = inputs.map((tensor, j) => tensorColumn(tensor, String(j)));
    return this.#finish({ kind: 'frame', rows, columns, named: false });
  }

  #checkWidth(width: number, what: string): void {
    const expected = this.#facts.nFeaturesIn;
    if (expected === undefined || width === expected) return;
    throw invalidInput(
      `the input has ${width} ${what}; the model takes rows of ${expected}: send shape ${this.#shapeText()}`,
    );
  }

  /**
   * Numbers alone are a matrix, unless the model looks at its columns one by one. Text goes on as it is: an encoder takes
   * it, and an estimator that computes names the cell that is no number. The columns of a named table may hold numbers as
   * text, as pandas' object columns may; in rows, which numpy makes strings of, "1" is no number.
   */
  #finish(frame: Frame): Table {
    if (frame.rows === 0) throw invalidInput('the input has no rows; send at least one');
    if (this.#facts.takesDocuments === true) {
      throw invalidInput(`the model takes one text a row; the input has ${frame.columns.length} columns`);
    }
    const numeric = frame.columns.every((column) => column.kind === 'number');
    if (this.#facts.acceptsText === true) return frame;
    if (numeric) return frameToMatrix(frame, 'the model');
    return isStrings(frame) ? { ...frame, strings: true } : frame;
  }
}

/** Rows that hold text and nothing missing: `numpy.array` gives them a dtype of text, whatever else they hold. */
function isStrings({ named, columns }: Frame): boolean {
  return !named && columns.every((column) => column.kind === 'number' || !column.data.includes(null));
}

function rowCount(inputs: readonly Tensor[]): number {
  const rows = inputs[0].shape[0] ?? 0;
  for (const tensor of inputs) {
    if (tensor.shape[0] !== rows) {
      throw invalidInput(
        `column "${tensor.name}" has ${tensor.shape[0] ?? 0} rows and column "${inputs[0].name}" has ${rows}`,
      );
    }
  }
  return rows;
}

function listNames(names: readonly string[]): string {
  const listed = names.slice(0, MAX_LISTED).map((name) => `"${name.slice(0, 80)}"`);
  return names.length > MAX_LISTED ? `${listed.join(', ')}, … (${names.length} in all)` : listed.join(', ');
}
