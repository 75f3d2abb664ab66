import { setImmediate } from 'node:timers/promises';
import {
  type BytesElement,
  InferenceError,
  type InferRequest,
  type InferResponse,
  type Model,
  type Tensor,
  type TensorData,
} from '@berth/inference';
import { isTableModel } from './table-model.ts';

/** Rows from which a table is computed in slices; a slice then grows or shrinks to take about SLICE_MS. */
const FIRST_SLICE_ROWS = 1024;
const MAX_SLICE_ROWS = 65_536;
const SLICE_MS = 20;

/**
 * The rows of a request that is better computed in slices, so that other requests get their turn between them; 0 where
 * it is small, or its model does not take rows one by one.
 */
export function rowsToSlice(model: Model, request: InferRequest): number {
  const rows = request.inputs[0]?.shape[0];
  if (rows === undefined || rows <= 2 * FIRST_SLICE_ROWS || !isTableModel(model.metadata)) return 0;
  return request.inputs.every((input) => input.shape[0] === rows) ? rows : 0;
}

/**
 * Computes a table slice by slice. A slice that fails is followed by one run over the whole table, whose error names the
 * right row.
 */
export async function inferInSlices(
  model: Model,
  request: InferRequest,
  rows: number,
  now: () => number,
): Promise<InferResponse> {
  const parts: InferResponse[] = [];
  let size = FIRST_SLICE_ROWS;
  for (let start = 0; start < rows; ) {
    if (request.signal?.aborted) throw new InferenceError('CANCELLED', 'the client has gone');
    const end = Math.min(rows, start + size);
    const started = now();
    let part: InferResponse;
    try {
      part = await model.infer(slice(request, start, end));
    } catch {
      return model.infer(request);
    }
    if (!part.outputs.every((output) => output.shape[0] === end - start)) return model.infer(request);
    parts.push(part);
    size = nextSize(end - start, now() - started);
    start = end;
    if (start < rows) await setImmediate();
  }
  return joined(parts, rows);
}

function nextSize(rows: number, tookMs: number): number {
  const fitting = tookMs <= 0 ? 2 * rows : Math.floor((rows * SLICE_MS) / tookMs);
  return Math.max(64, Math.min(MAX_SLICE_ROWS, 4 * rows, fitting));
}

function slice(request: InferRequest, start: number, end: number): InferRequest {
  const inputs = request.inputs.map((input): Tensor => {
    const width = input.shape.slice(1).reduce((product, dim) => product * dim, 1);
    const { data } = input;
    const part = Array.isArray(data)
      ? data.slice(start * width, end * width)
      : data.subarray(start * width, end * width);
    return { ...input, shape: [end - start, ...input.shape.slice(1)], data: part };
  });
  const { layout, outputs, parameters } = request;
  return { inputs, layout, outputs, ...(parameters === undefined ? {} : { parameters }) };
}

function joined(parts: readonly InferResponse[], rows: number): InferResponse {
  const [first] = parts;
  const outputs = first.outputs.map((output, index): Tensor => {
    const data = joinedData(parts.map((part) => part.outputs[index].data));
    return { ...output, shape: [rows, ...output.shape.slice(1)], data };
  });
  return { ...first, outputs };
}

function joinedData(parts: readonly TensorData[]): TensorData {
  const [first] = parts;
  if (Array.isArray(first)) return (parts as BytesElement[][]).flat();
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const Kind = first.constructor as new (length: number) => Float64Array;
  const whole = new Kind(length);
  let at = 0;
  for (const part of parts as Float64Array[]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
