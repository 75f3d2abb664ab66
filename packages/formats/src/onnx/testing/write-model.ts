import { writeTensorInfo } from '../types.ts';
import { MessageWriter } from '../wire.ts';

/** A node for a test's graph; attributes are encoded AttributeProtos. */
export interface TestNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: readonly MessageWriter[];
}

/** A tensor whose data lies elsewhere. */
export function externalTensor(name: string, location: string, more: Record<string, string> = {}): MessageWriter {
  const tensor = new MessageWriter().varint(1, 4).varint(2, 1).string(8, name);
  for (const [key, value] of Object.entries({ location, ...more })) {
    tensor.message(13, new MessageWriter().string(1, key).string(2, value));
  }
  return tensor.varint(14, 1);
}

/** An attribute that holds a message: field 5 a tensor (type 4), 6 a graph (type 5), 22 a sparse tensor (type 11). */
export function messageAttribute(name: string, field: number, type: number, value: MessageWriter): MessageWriter {
  return new MessageWriter().string(1, name).message(field, value).varint(20, type);
}

/** A GraphProto that takes `x` and gives `y`, float tensors of four. */
export function writeGraph(nodes: readonly TestNode[], more: (graph: MessageWriter) => void = () => {}): MessageWriter {
  const graph = new MessageWriter();
  for (const node of nodes) {
    const written = new MessageWriter();
    for (const input of node.inputs) written.string(1, input);
    for (const output of node.outputs) written.string(2, output);
    written.string(4, node.op);
    for (const attribute of node.attributes ?? []) written.message(5, attribute);
    if (node.domain !== undefined) written.string(7, node.domain);
    graph.message(1, written);
  }
  graph
    .string(2, 'test')
    .message(11, writeTensorInfo('x', 1, [4]))
    .message(12, writeTensorInfo('y', 1, [4]));
  more(graph);
  return graph;
}

/** A ModelProto around a graph. */
export function writeModel(graph: MessageWriter, more: (model: MessageWriter) => void = () => {}): Uint8Array {
  const model = new MessageWriter().varint(1, 9).string(2, 'test').message(7, graph);
  model.message(8, new MessageWriter().string(1, '').varint(2, 18));
  more(model);
  return model.finish();
}
