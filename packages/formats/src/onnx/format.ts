import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { type GraphSource, LoadError, type Model } from '@berth/inference';
import type { LoadOptions, ModelFormat } from '../format.ts';
import { looksLikeOnnx } from '../onnx-content.ts';
import { describeGraph } from './describe.ts';
import { importEngine } from './engine.ts';
import { readExternalData } from './external-data.ts';
import { type OnnxGraph, readGraph } from './graph.ts';
import { OnnxModel } from './onnx-model.ts';
import { checkOperators, needsIsolation } from './operators.ts';
import { withPlainLocations } from './plain-locations.ts';
import { type EditedModel, editModel } from './ports.ts';
import { readModelFile } from './read-file.ts';

export const DEFAULT_MAX_BYTES = 10 * 2 ** 30;
const LOAD_TIMEOUT_MS = 300_000;
const RUN_TIMEOUT_MS = 60_000;
/** Requests that may wait for one worker (the figure that reliability work elsewhere settled on for a worker's queue). */
const QUEUE_PER_WORKER = 100;
/** Up to this size a model's bytes stay in memory for the next worker, and several workers hold it at a time. */
const SMALL_BYTES = 64 * 2 ** 20;
/** What still goes through the channel to a process. */
const PROCESS_BYTES = 2 ** 29;

/** A model that was read, checked and edited, before any engine has it. */
interface Prepared {
  readonly graph: OnnxGraph;
  readonly edited: EditedModel;
  readonly source: GraphSource;
  /** Bytes of the file and of those that it refers to. */
  readonly bytes: number;
  /** Changes when one of the files does. */
  readonly stamp: string;
}

/** ONNX files, run by ONNX Runtime away from the event loop. */
export const onnxFormat: ModelFormat = {
  name: 'onnx',
  sniff: (head, path) => looksLikeOnnx(head, path.toLowerCase().endsWith('.onnx')),
  load: loadOnnx,
};

async function loadOnnx(path: string, options: LoadOptions): Promise<Model> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const prepared = await prepare(path, maxBytes);
  const engine = await importEngine();
  const { graph } = prepared;
  const { inputs, outputs } = prepared.edited;
  const small = prepared.bytes <= SMALL_BYTES;
  const workers = small ? Math.max(1, Math.min(4, availableParallelism() - 1)) : 1;
  const isolate = needsIsolation(graph);
  const fitsProcess = prepared.bytes <= PROCESS_BYTES;
  if (isolate && !fitsProcess) {
    options.onWarning?.('the graph may loop or grow without bound and is too large to run in a process of its own');
  }
  const session = await engine.open({
    source: keeper(path, maxBytes, prepared, small),
    isolation: isolate && fitsProcess ? 'process' : 'thread',
    probe: fitsProcess,
    workers,
    threads: options.threads ?? 1,
    maxQueue: workers * QUEUE_PER_WORKER,
    loadTimeoutMs: LOAD_TIMEOUT_MS,
    runTimeoutMs: options.timeoutMs ?? RUN_TIMEOUT_MS,
    ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
  });
  const metadata = describeGraph(graph, inputs, outputs, engine.version);
  return new OnnxModel(options.name ?? 'model', session, { inputs, outputs }, metadata);
}

/** Reads and checks a model without running it. @throws LoadError */
export async function prepare(path: string, maxBytes: number): Promise<Prepared> {
  const file = await readModelFile(path, maxBytes);
  let model = file.bytes;
  const ownBytes = model.length;
  let graph = readGraph(model);
  const plain = withPlainLocations(model, graph);
  if (plain !== undefined) {
    model = plain;
    graph = readGraph(plain);
  }
  checkOperators(graph);
  const edited = editModel(model, graph);
  const externalData = await readExternalData(dirname(path), graph.external, maxBytes - model.length);
  const bytes = externalData.reduce((sum, file) => sum + file.data.length, ownBytes);
  const stamp = [file.stamp, ...externalData.map((one) => one.stamp)].join();
  const source = {
    model: edited.model,
    externalData: externalData.map(({ path: at, data }) => ({ path: at, data })),
    owned: true,
  };
  return { graph, edited, source, bytes, stamp };
}

/**
 * Gives workers the model's bytes: small ones stay in memory, large ones are read again when a worker is replaced, and the
 * files must then still be the same.
 */
function keeper(path: string, maxBytes: number, first: Prepared, keep: boolean): () => Promise<GraphSource> {
  const { stamp } = first;
  let held: GraphSource | undefined = { ...first.source, owned: !keep };
  return async () => {
    if (held !== undefined) {
      const source = held;
      if (!keep) held = undefined;
      return source;
    }
    const again = await prepare(path, maxBytes);
    if (again.stamp === stamp) return again.source;
    throw new LoadError('ModelUnreadable', 'the model file changed since it was loaded; load the model again');
  };
}
