import type { ModelMetadata, TensorSpec } from '@berth/inference';
import type { OnnxGraph } from './graph.ts';
import type { Port } from './ports.ts';

/** The metadata of a graph. An input or output of any rank is told as `[-1]`. */
export function describeGraph(
  graph: OnnxGraph,
  inputs: readonly Port[],
  outputs: readonly Port[],
  engine?: string,
): ModelMetadata {
  const properties = new Map<string, string>();
  if (graph.producer !== '') properties.set('producer', graph.producer);
  properties.set('ir_version', String(graph.irVersion));
  for (const [domain, version] of graph.opsets)
    properties.set(`opset ${domain === '' ? 'ai.onnx' : domain}`, String(version));
  properties.set('nodes', String(graph.nodeCount));
  if (engine !== undefined) properties.set('engine', engine);
  for (const [key, value] of graph.metadata) {
    if (!properties.has(key) && key.length <= 100 && value.length <= 1000) properties.set(key, value);
  }
  const labelled = outputs.filter((port) => port.labels !== undefined);
  return {
    platform: 'onnxruntime_onnx',
    inputs: inputs.map(toSpec),
    outputs: outputs.map(toSpec),
    defaultOutputs: outputs.map((port) => port.name),
    ...(labelled.length === 1 ? { classes: labelled[0].labels as readonly string[] } : {}),
    properties,
  };
}

function toSpec(port: Port): TensorSpec {
  const { name, datatype, shape, labels } = port;
  return { name, datatype, shape: shape ?? [-1], ...(labels === undefined ? {} : { labels }) };
}

/** One line for people, e.g. `graph of 12 nodes by skl2onnx 1.20: TreeEnsembleClassifier, Cast, …`. */
export function summarizeGraph(graph: OnnxGraph): string {
  const operators = [...graph.operators]
    .sort((left, right) => right[1] - left[1])
    .map(([key]) => key.split(':').at(-1));
  const shown = operators.slice(0, 6).join(', ');
  const by = graph.producer === '' ? '' : ` by ${graph.producer}`;
  return `graph of ${graph.nodeCount} nodes${by}: ${shown}${operators.length > 6 ? ', …' : ''}`;
}
