import { LoadError } from '@berth/inference';
import { readValueInfo, type ValueInfo } from './types.ts';
import { fieldsIn, text, type WireField } from './wire.ts';

/** A node of the main graph, read as far as an edit needs it. */
export interface Node {
  readonly field: WireField;
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A tensor of the main graph whose elements lie in another file. */
export interface ExternalTensor {
  readonly tensor: string;
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the file's end. */
  readonly length: number | undefined;
}

/** What a walk through a model found: enough to describe, check and edit it, with no tensor read. */
export interface OnnxGraph {
  readonly irVersion: number;
  readonly producer: string;
  /** Version by operator domain; the default domain is "". */
  readonly opsets: ReadonlyMap<string, number>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Values with types that stand inside the main graph. */
  readonly inner: ReadonlyMap<string, ValueInfo>;
  readonly initializers: ReadonlySet<string>;
  readonly nodes: readonly Node[];
  /** Every `domain:op` anywhere, subgraphs and functions included; the default domain is "". */
  readonly operators: ReadonlyMap<string, number>;
  readonly nodeCount: number;
  readonly functions: ReadonlySet<string>;
  readonly external: readonly ExternalTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

const MAX_NODES = 500_000;
const MAX_FIELDS = 10_000_000;
const MAX_DEPTH = 64;

/**
 * Walks a ModelProto (onnx.proto of onnx/onnx) with bounds on nodes, nesting and fields.
 * @throws LoadError CorruptModel, LimitExceeded, or UnsafeModel for external data anywhere but in the main graph's
 * initializers, which is the one place that is read from memory and never by ONNX Runtime from a path.
 */
export function readGraph(model: Uint8Array): OnnxGraph {
  return new Walker().model(model);
}

class Walker {
  #fields = 0;
  #nodes = 0;
  readonly #operators = new Map<string, number>();
  readonly #external: ExternalTensor[] = [];
  readonly #functions = new Set<string>();
  readonly #initializers = new Set<string>();
  readonly #main: Node[] = [];
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  readonly #inner = new Map<string, ValueInfo>();

  model(bytes: Uint8Array): OnnxGraph {
    let irVersion = 0;
    const producer: string[] = [];
    const opsets = new Map<string, number>();
    const metadata = new Map<string, string>();
    let graphs = 0;
    for (const field of this.#each(bytes)) {
      switch (field.field) {
        case 1:
          irVersion = field.value;
          break;
        case 2:
        case 3:
          producer.push(text(field));
          break;
        case 7:
          graphs += 1;
          this.#graph(field.bytes, 0, true);
          break;
        case 8: {
          const { domain, version } = readOpset(field.bytes);
          opsets.set(domain, version);
          break;
        }
        case 14: {
          const [key, value] = readEntry(field.bytes);
          if (metadata.size < 1000) metadata.set(key, value);
          break;
        }
        case 20:
          for (const part of this.#each(field.bytes)) {
            if (part.field === 1 || part.field === 2) this.#graph(part.bytes, 1, false);
          }
          break;
        case 25:
          this.#function(field.bytes);
          break;
      }
    }
    if (graphs !== 1) {
      const what = graphs === 0 ? 'it has no graph' : `it has ${graphs} graphs`;
      throw new LoadError('CorruptModel', `the file is no complete ONNX model: ${what}`);
    }
    return {
      irVersion,
      producer: producer.join(' ').trim(),
      opsets,
      inputs: this.#inputs.filter((input) => !this.#initializers.has(input.name)),
      outputs: this.#outputs,
      inner: this.#inner,
      initializers: this.#initializers,
      nodes: this.#main,
      operators: this.#operators,
      nodeCount: this.#nodes,
      functions: this.#functions,
      external: this.#external,
      metadata,
    };
  }

  *#each(bytes: Uint8Array): Generator<WireField> {
    for (const field of fieldsIn(bytes)) {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS)
        throw new LoadError('LimitExceeded', `the model has more than ${MAX_FIELDS} fields`);
      yield field;
    }
  }

  #graph(bytes: Uint8Array, depth: number, main: boolean): void {
    if (depth > MAX_DEPTH) {
      throw new LoadError('LimitExceeded', `the model's graphs are nested deeper than ${MAX_DEPTH}`);
    }
    for (const field of this.#each(bytes)) {
      switch (field.field) {
        case 1:
          this.#node(field, depth, main);
          break;
        case 5:
          this.#initializer(field.bytes, main);
          break;
        case 11:
          if (main) this.#inputs.push(readValueInfo(field.bytes));
          break;
        case 12:
          if (main) this.#outputs.push(readValueInfo(field.bytes));
          break;
        case 13:
          if (main) {
            const info = readValueInfo(field.bytes);
            this.#inner.set(info.name, info);
          }
          break;
        case 15:
          this.#refuseExternal(field.bytes, 'a sparse initializer', 0);
          break;
      }
    }
  }

  #node(field: WireField, depth: number, main: boolean): void {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new LoadError('LimitExceeded', `the model has more than ${MAX_NODES} nodes`);
    const inputs: string[] = [];
    const outputs: string[] = [];
    let op = '';
    let domain = '';
    let name = '';
    for (const part of this.#each(field.bytes)) {
      if (part.field === 1) inputs.push(text(part));
      else if (part.field === 2) outputs.push(text(part));
      else if (part.field === 3) name = text(part);
      else if (part.field === 4) op = text(part);
      else if (part.field === 7) domain = text(part);
      else if (part.field === 5) this.#attribute(part.bytes, depth);
    }
    if (domain === 'ai.onnx') domain = '';
    const key = `${domain}:${op}`;
    this.#operators.set(key, (this.#operators.get(key) ?? 0) + 1);
    if (main) this.#main.push({ field, op, domain, name, inputs, outputs });
  }

  #attribute(bytes: Uint8Array, depth: number): void {
    for (const part of this.#each(bytes)) {
      if (part.field === 5 || part.field === 10) this.#refuseExternal(part.bytes, 'an attribute', 0);
      else if (part.field === 22 || part.field === 23) this.#refuseExternal(part.bytes, 'a sparse attribute', 0);
      else if (part.field === 6 || part.field === 11) this.#graph(part.bytes, depth + 1, false);
    }
  }

  #function(bytes: Uint8Array): void {
    let name = '';
    let domain = '';
    for (const part of this.#each(bytes)) {
      if (part.field === 1) name = text(part);
      else if (part.field === 10) domain = text(part);
      else if (part.field === 7) this.#node(part, 1, false);
      else if (part.field === 11) this.#attribute(part.bytes, 1);
    }
    this.#functions.add(`${domain === 'ai.onnx' ? '' : domain}:${name}`);
  }

  #initializer(bytes: Uint8Array, main: boolean): void {
    let name = '';
    let located = false;
    const entries = new Map<string, string>();
    for (const part of this.#each(bytes)) {
      if (part.field === 8) name = text(part);
      else if (part.field === 14) located = located || part.value === 1;
      else if (part.field === 13) {
        const [key, value] = readEntry(part.bytes);
        entries.set(key, value);
      }
    }
    if (main) this.#initializers.add(name);
    if (!located && entries.size === 0) return;
    if (!main) throw externalElsewhere("a subgraph's initializer");
    this.#external.push({
      tensor: name,
      location: entries.get('location') ?? '',
      offset: wholeNumber(entries.get('offset'), name) ?? 0,
      length: wholeNumber(entries.get('length'), name),
    });
  }

  /** Looks into a TensorProto or SparseTensorProto for data that lies elsewhere. */
  #refuseExternal(bytes: Uint8Array, where: string, depth: number): void {
    for (const part of this.#each(bytes)) {
      if (part.field === 14 && part.wire === 0 && part.value === 1) throw externalElsewhere(where);
      if (part.field === 13 && part.wire === 2) throw externalElsewhere(where);
      // A sparse tensor holds its values and indices as tensors in fields 1 and 2; a tensor has numbers there.
      if (where.includes('sparse') && depth === 0 && part.wire === 2 && part.field <= 2) {
        this.#refuseExternal(part.bytes, where, 1);
      }
    }
  }
}

function externalElsewhere(where: string): LoadError {
  return new LoadError(
    'UnsafeModel',
    `${where} keeps its data in another file, which is allowed for initializers of the main graph only`,
  );
}

function wholeNumber(value: string | undefined, tensor: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^[0-9]{1,15}$/.test(value)) return Number(value);
  throw new LoadError('CorruptModel', `initializer "${tensor}": its external offset or length is no whole number`);
}

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  let domain = '';
  let version = 0;
  for (const field of fieldsIn(bytes)) {
    if (field.field === 1) domain = text(field);
    else if (field.field === 2) version = field.value;
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}

function readEntry(bytes: Uint8Array): [string, string] {
  let key = '';
  let value = '';
  for (const field of fieldsIn(bytes)) {
    if (field.field === 1) key = text(field);
    else if (field.field === 2) value = text(field);
  }
  return [key, value];
}
