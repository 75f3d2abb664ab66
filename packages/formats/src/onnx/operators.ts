import { LoadError } from '@berth/inference';
import type { OnnxGraph } from './graph.ts';

/** Operator domains that ONNX Runtime's own builds carry. */
export const KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  '',
  'ai.onnx.ml',
  'ai.onnx.preview',
  'ai.onnx.preview.training',
  'ai.onnx.training',
  'com.microsoft',
  'com.microsoft.experimental',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
]);

/** Operators that may compute without end. */
export const UNBOUNDED: ReadonlySet<string> = new Set([
  ':Loop',
  ':Scan',
  ':SequenceMap',
  'com.microsoft:BeamSearch',
  'com.microsoft:GreedySearch',
  'com.microsoft:Sampling',
  'com.microsoft:WhisperBeamSearch',
]);

/** Operators whose output may be any number of times larger than their inputs, by the values in these. */
export const AMPLIFYING: ReadonlySet<string> = new Set([
  ':CenterCropPad',
  ':Col2Im',
  ':ConstantOfShape',
  ':DFT',
  ':Expand',
  ':MaxUnpool',
  ':Multinomial',
  ':OneHot',
  ':Pad',
  ':RandomNormal',
  ':RandomUniform',
  ':Range',
  ':Resize',
  ':STFT',
  ':Tile',
  ':Upsample',
  ':BlackmanWindow',
  ':HammingWindow',
  ':HannWindow',
  ':MelWeightMatrix',
  'com.microsoft:ExpandDims',
  'com.microsoft:Pad',
  'com.microsoft:Range',
]);

/**
 * Refuses operators that only a custom library would bring.
 * @throws LoadError UnsupportedModel that names operator and domain.
 */
export function checkOperators(graph: OnnxGraph): void {
  for (const key of graph.operators.keys()) {
    const colon = key.lastIndexOf(':');
    const domain = key.slice(0, colon);
    if (KNOWN_DOMAINS.has(domain) || graph.functions.has(key)) continue;
    throw new LoadError(
      'UnsupportedModel',
      `the operator ${key.slice(colon + 1)} of the domain "${domain}" needs a custom operator library, and none is ever loaded; ` +
        "export the model with ONNX's own operators",
    );
  }
}

/**
 * Whether the graph has to run where it can be killed: it may loop, grow its memory by a value in a request, or hide either
 * in functions that call each other (they are expanded when it is loaded).
 */
export function needsIsolation(graph: OnnxGraph): boolean {
  if (graph.functions.size > 0) return true;
  for (const key of graph.operators.keys()) if (UNBOUNDED.has(key) || AMPLIFYING.has(key)) return true;
  return false;
}
