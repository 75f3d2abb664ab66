import type { Inspection } from '../format.ts';
import { describeGraph, summarizeGraph } from './describe.ts';
import { DEFAULT_MAX_BYTES, prepare } from './format.ts';
import { needsIsolation } from './operators.ts';

/** What an ONNX file holds; ONNX Runtime is not needed for it. @throws LoadError */
export async function inspectOnnx(path: string): Promise<Inspection> {
  const { graph, edited, bytes } = await prepare(path, DEFAULT_MAX_BYTES);
  const warnings: string[] = [];
  if (needsIsolation(graph)) {
    warnings.push(
      'the graph may loop or grow by a value in a request; it runs in a process of its own, which can be killed',
    );
  }
  const stacked = [...edited.inputs, ...edited.outputs].filter((port) => port.inner.endsWith('/berth_stacked'));
  for (const port of stacked)
    warnings.push(`"${port.name}" is a sequence; it is carried as one tensor with a new first dimension`);
  return {
    format: 'onnx',
    summary: summarizeGraph(graph),
    ...(graph.producer === '' ? {} : { libraryVersion: graph.producer }),
    sizeBytes: bytes,
    operators: [...graph.operators]
      .map(([name, count]) => ({ name: name.replace(/^:/, ''), count }))
      .sort((left, right) => right.count - left.count),
    model: describeGraph(graph, edited.inputs, edited.outputs),
    warnings,
  };
}
