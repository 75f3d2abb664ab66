import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { type FromWorker, GRAPH_CHANNEL, type TensorMessage, type ToWorker } from './messages.ts';
import { fromOrt, type TensorConstructor, toOrt } from './ort-tensors.ts';

/**
 * The entry of a worker, which is a thread or a process: opens one graph, then runs requests one by one. onnxruntime's
 * `run` blocks the thread that calls it, which is why it lives here and not beside the event loop that serves.
 */

interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<InferenceSession> };
  readonly Tensor: TensorConstructor;
}

// onnxruntime-node 1.30 reads the elements of a Float16Array as if there were none; without the class in sight it takes
// float16 as Uint16Array, which is what our tensors hold.
Reflect.deleteProperty(globalThis, 'Float16Array');

let session: InferenceSession | undefined;
let runtime: OnnxRuntime | undefined;

function send(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  if (parentPort !== null) parentPort.postMessage(message, transfer);
  else process.send?.(message);
}

async function open(message: Extract<ToWorker, { kind: 'open' }>): Promise<void> {
  try {
    runtime = createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime;
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message, missing: true });
    return;
  }
  const { source, threads } = message;
  try {
    session = await runtime.InferenceSession.create(source.model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      externalData: source.externalData,
    });
    send({ kind: 'opened' });
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message, missing: false });
  }
}

async function run(message: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  const { id } = message;
  try {
    if (session === undefined || runtime === undefined) throw new Error('the graph is not open');
    const feeds: Record<string, Tensor> = Object.create(null);
    for (const input of message.inputs) feeds[input.name] = toOrt(runtime.Tensor, input);
    const results = await session.run(feeds, message.outputs);
    const outputs = message.outputs.map((name) => fromOrt(name, results[name]));
    send({ kind: 'ran', id, outputs }, buffersOf(outputs));
  } catch (error) {
    send({ kind: 'refused', id, message: (error as Error).message });
  }
}

/** The memory that can change hands instead of being copied. */
function buffersOf(outputs: readonly TensorMessage[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { data } of outputs) {
    if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength) {
      buffers.add(data.buffer);
    }
  }
  return [...buffers];
}

/** Reads the graph's files from the channel and opens it. */
async function receiveGraph(message: Extract<ToWorker, { kind: 'receive' }>): Promise<void> {
  const sizes = [message.modelBytes, ...message.externalData.map((file) => file.bytes)];
  const [model, ...files] = await readChannel(sizes);
  const externalData = message.externalData.map(({ path }, index) => ({ path, data: files[index] }));
  await open({ kind: 'open', source: { model, externalData, owned: true }, threads: message.threads });
}

async function readChannel(sizes: readonly number[]): Promise<Uint8Array[]> {
  const buffers = sizes.map((size) => Buffer.allocUnsafeSlow(size));
  const channel = new Socket({ fd: GRAPH_CHANNEL, writable: false });
  let index = 0;
  let filled = 0;
  for await (const chunk of channel as AsyncIterable<Buffer>) {
    let offset = 0;
    while (offset < chunk.length) {
      const copied = chunk.copy(buffers[index], filled, offset);
      offset += copied;
      filled += copied;
      if (filled === buffers[index].length) {
        index += 1;
        filled = 0;
      }
    }
  }
  return buffers;
}

/** Lets go of everything, so that the thread or process ends by itself. */
async function end(): Promise<void> {
  await session?.release();
  session = undefined;
  if (parentPort !== null) parentPort.close();
  else process.disconnect();
}

function receive(message: ToWorker): void {
  if (message.kind === 'open') void open(message);
  else if (message.kind === 'receive') void receiveGraph(message);
  else if (message.kind === 'run') void run(message);
  else void end();
}

if (parentPort !== null) {
  parentPort.on('message', receive);
} else if (isMainThread && process.send !== undefined) {
  // Where memory runs out, it shall be this process that ends and not the server.
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Only Linux has it.
  }
  const watch = import.meta.url.endsWith('.ts') ? './parent-watch-worker.ts' : './parent-watch-worker.js';
  new Worker(new URL(watch, import.meta.url)).unref();
  process.on('message', receive);
  process.on('disconnect', () => process.exit(0));
  // An interrupt from the terminal is the server's to handle: it drains first.
  process.on('SIGINT', () => {});
}
