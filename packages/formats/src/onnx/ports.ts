import { type Datatype, LoadError } from '@berth/inference';
import type { Node, OnnxGraph } from './graph.ts';
import { datatypeOf, ELEMENT, elementName, type ValueInfo, type ValueType, writeTensorInfo } from './types.ts';
import { fieldsIn, integers, MessageWriter, text } from './wire.ts';

/** One input or output as clients see it, and how it is reached in the edited graph. */
export interface Port {
  readonly name: string;
  readonly datatype: Datatype;
  /** Undefined where the graph does not even say the rank. */
  readonly shape: readonly number[] | undefined;
  readonly labels?: readonly string[];
  /** The name and the datatype that ONNX Runtime is asked with. */
  readonly inner: string;
  readonly innerDatatype: Datatype;
}

/** The graph's inputs and outputs after the edit, and the model's bytes with it. */
export interface EditedModel {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly model: Uint8Array;
}

/** Where one port needs the graph to change. */
interface Change {
  readonly port: Port;
  readonly before?: MessageWriter;
  readonly after?: MessageWriter;
  /** The new ValueInfoProto of the graph's input or output; undefined keeps the old one. */
  readonly info?: MessageWriter;
  /** A node that is left out. */
  readonly cut?: Node;
}

/**
 * Turns every input and output into a dense tensor that onnxruntime-node can carry:
 * a ZipMap (skl2onnx's default; a sequence of maps) is cut and its input, the probabilities [n, classes], answered with the
 * classes as labels; a sequence of tensors is stacked along a new first dimension, a sequence input split along it; bfloat16 goes in and
 * out as float32, which holds each of its values.
 * @throws LoadError UnsupportedModel that names an input or output of any other type.
 */
export function editModel(model: Uint8Array, graph: OnnxGraph): EditedModel {
  const inputs = graph.inputs.map((info) => inputChange(info));
  const outputs = graph.outputs.map((info) => outputChange(info, graph));
  const changed = [...inputs, ...outputs].some((change) => change.info !== undefined);
  return {
    inputs: inputs.map((change) => change.port),
    outputs: outputs.map((change) => change.port),
    model: changed ? rewrite(model, graph, inputs, outputs) : model,
  };
}

function inputChange(info: ValueInfo): Change {
  const { name, type } = info;
  if (type.kind === 'sequence' && type.of.kind === 'tensor') {
    const inner = `${name}/berth_stacked`;
    const element = type.of.element;
    const port = tensorPort('input', name, type.of, inner);
    const shape = port.shape === undefined ? undefined : [-1, ...port.shape];
    const node = writeNode('SplitToSequence', [inner], [name]).message(5, writeInteger('keepdims', 0));
    return { port: { ...port, shape }, before: node, info: writeTensorInfo(inner, element, shape) };
  }
  if (type.kind !== 'tensor') throw notATensor('input', info);
  if (type.element !== ELEMENT.bfloat16) return { port: tensorPort('input', name, type, name) };
  const inner = `${name}/berth_float`;
  const port: Port = { ...tensorPort('input', name, type, inner), innerDatatype: 'FP32' };
  const cast = writeNode('Cast', [inner], [name]).message(5, writeInteger('to', ELEMENT.bfloat16));
  return { port, before: cast, info: writeTensorInfo(inner, ELEMENT.float, type.shape) };
}

function outputChange(info: ValueInfo, graph: OnnxGraph): Change {
  const { name, type } = info;
  if (type.kind === 'sequence' && type.of.kind === 'map') return zipMapChange(info, graph);
  if (type.kind === 'map') return zipMapChange(info, graph);
  if (type.kind === 'sequence' && type.of.kind === 'tensor') {
    const inner = `${name}/berth_stacked`;
    const port = tensorPort('output', name, type.of, inner);
    const stack = writeNode('ConcatFromSequence', [name], [inner])
      .message(5, writeInteger('axis', 0))
      .message(5, writeInteger('new_axis', 1));
    const shape = port.shape === undefined ? undefined : [-1, ...port.shape];
    return { port: { ...port, shape }, after: stack, info: writeTensorInfo(inner, type.of.element, undefined) };
  }
  if (type.kind !== 'tensor') throw notATensor('output', info);
  if (type.element !== ELEMENT.bfloat16) return { port: tensorPort('output', name, type, name) };
  const inner = `${name}/berth_float`;
  const port: Port = { ...tensorPort('output', name, type, inner), innerDatatype: 'FP32' };
  const cast = writeNode('Cast', [name], [inner]).message(5, writeInteger('to', ELEMENT.float));
  return { port, after: cast, info: writeTensorInfo(inner, ELEMENT.float, undefined) };
}

function tensorPort(role: string, name: string, type: Extract<ValueType, { kind: 'tensor' }>, inner: string): Port {
  const datatype = datatypeOf(type.element);
  if (datatype === undefined) {
    throw new LoadError(
      'UnsupportedModel',
      `the ${role} "${name}" has elements of ${elementName(type.element)}, which no protocol carries; cast it in the model`,
    );
  }
  return { name, datatype, shape: type.shape, inner, innerDatatype: datatype };
}

/** The ZipMap that makes a map output; no other operator gives maps. */
function zipMapChange(info: ValueInfo, graph: OnnxGraph): Change {
  const node = graph.nodes.find((one) => one.outputs.includes(info.name));
  if (node === undefined || node.op !== 'ZipMap' || node.domain !== 'ai.onnx.ml' || node.inputs.length !== 1) {
    throw notATensor('output', info);
  }
  const labels = zipMapLabels(node);
  const inner = node.inputs[0];
  const last = usedElsewhere(graph, info.name) ? {} : { cut: node };
  return {
    port: { name: info.name, datatype: 'FP32', shape: [-1, labels.length], labels, inner, innerDatatype: 'FP32' },
    info: writeTensorInfo(inner, ELEMENT.float, undefined),
    ...last,
  };
}

function usedElsewhere(graph: OnnxGraph, name: string): boolean {
  return graph.nodes.some((node) => node.inputs.includes(name));
}

/** ZipMap's attributes (onnx-ml operators): one of two lists of class labels. */
function zipMapLabels(node: Node): string[] {
  const labels: string[] = [];
  for (const part of fieldsIn(node.field.bytes)) {
    if (part.field !== 5) continue;
    for (const value of fieldsIn(part.bytes)) {
      if (value.field === 9) labels.push(text(value));
      else if (value.field === 8) labels.push(...integers(value).map(String));
    }
  }
  if (labels.length === 0) throw new LoadError('CorruptModel', `the ZipMap "${node.name}" has no class labels`);
  return labels;
}

function notATensor(role: string, info: ValueInfo): LoadError {
  const { type } = info;
  const what =
    type.kind === 'other'
      ? type.what
      : type.kind === 'map'
        ? 'a map'
        : type.kind === 'sequence'
          ? 'a sequence'
          : 'a tensor';
  return new LoadError(
    'UnsupportedModel',
    `the ${role} "${info.name}" is ${what}, which no protocol carries; export the model with tensors only`,
  );
}

function writeNode(op: string, inputs: readonly string[], outputs: readonly string[]): MessageWriter {
  const node = new MessageWriter();
  for (const input of inputs) node.string(1, input);
  for (const output of outputs) node.string(2, output);
  return node.string(3, `berth ${op} ${outputs[0]}`).string(4, op);
}

/** An AttributeProto of type INT. */
function writeInteger(name: string, value: number): MessageWriter {
  return new MessageWriter().string(1, name).varint(3, value).varint(20, 2);
}

/** The default domain's version where a model that has none gets a node of it: the first with all that is used here. */
const DEFAULT_OPSET = 13;

function rewrite(
  model: Uint8Array,
  graph: OnnxGraph,
  inputs: readonly Change[],
  outputs: readonly Change[],
): Uint8Array {
  const written = new MessageWriter();
  for (const field of fieldsIn(model)) {
    if (field.field === 7) written.message(7, rewriteGraph(field.bytes, inputs, outputs));
    else written.raw(field.whole);
  }
  const added = [...inputs, ...outputs].some((change) => change.before !== undefined || change.after !== undefined);
  if (added && !graph.opsets.has('')) written.message(8, new MessageWriter().string(1, '').varint(2, DEFAULT_OPSET));
  return written.finish();
}

function rewriteGraph(graph: Uint8Array, inputs: readonly Change[], outputs: readonly Change[]): MessageWriter {
  const written = new MessageWriter();
  const infos = new Map(inputs.map((change) => [change.port.name, change.info]));
  const cut = new Set(
    outputs.flatMap((change) => (change.cut === undefined ? [] : [change.cut.field.bytes.byteOffset])),
  );
  for (const change of inputs) if (change.before !== undefined) written.message(1, change.before);
  for (const field of fieldsIn(graph)) {
    if (field.field === 1 && cut.has(field.bytes.byteOffset)) continue;
    if (field.field === 12) continue;
    const info = field.field === 11 ? infos.get(nameOf(field.bytes)) : undefined;
    if (info === undefined) written.raw(field.whole);
    else written.message(11, info);
  }
  for (const change of outputs) if (change.after !== undefined) written.message(1, change.after);
  const named = new Set<string>();
  for (const field of fieldsIn(graph)) {
    if (field.field !== 12) continue;
    const change = outputs.find((one) => one.port.name === nameOf(field.bytes));
    // Two map outputs may be of the same probabilities.
    if (change === undefined || named.has(change.port.inner)) continue;
    named.add(change.port.inner);
    if (change.info === undefined) written.raw(field.whole);
    else written.message(12, change.info);
  }
  return written;
}

function nameOf(info: Uint8Array): string {
  for (const field of fieldsIn(info)) if (field.field === 1) return text(field);
  return '';
}
