import { fork } from 'node:child_process';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { GraphSource } from '@berth/inference';
import { type FromWorker, GRAPH_CHANNEL, type ToWorker } from './messages.ts';

/** A running host, whichever kind it is. */
export interface Carrier {
  open(source: GraphSource, threads: number): void;
  post(message: ToWorker, transfer?: readonly ArrayBuffer[]): void;
  /** Whether a pending request should keep our process alive. */
  hold(held: boolean): void;
  /** Ends it; resolves when it is gone. A thread that is inside native code ends when that returns, if it ever does. */
  kill(): Promise<void>;
}

/** What a carrier reports. `ended` comes once, with words for people. */
export interface CarrierEvents {
  message(message: FromWorker): void;
  ended(why: string): void;
}

const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './graph-worker.ts' : './graph-worker.js', import.meta.url);

/** Starts a host. */
export function startCarrier(isolation: 'thread' | 'process', events: CarrierEvents): Carrier {
  return isolation === 'thread' ? startThread(events) : startProcess(events);
}

/** More than a process's main thread has: what a graph's depth does not overflow in the probe, it must not overflow here. */
const STACK_MB = 32;

/** How long to wait for a thread that is inside native code before it is left to end by itself. */
const THREAD_END_MS = 5000;

function startThread(events: CarrierEvents): Carrier {
  const worker = new Worker(ENTRY, { resourceLimits: { stackSizeMb: STACK_MB } });
  let failure: string | undefined;
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      resolve();
      events.ended(failure ?? `exit code ${code}`);
    });
  });
  worker.on('message', events.message);
  worker.on('error', (error) => {
    failure = (error as Error).message;
  });
  return {
    open: (source, threads) =>
      worker.postMessage({ kind: 'open', source, threads }, source.owned ? buffersOf(source) : []),
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    // Never terminate(): a thread that is inside onnxruntime's run() then ends the whole process, since the addon can not
    // hand its result to an environment that is going away.
    kill: async () => {
      worker.ref();
      worker.postMessage({ kind: 'end' } satisfies ToWorker);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, THREAD_END_MS);
      });
      await Promise.race([gone, patience]);
      clearTimeout(timer);
      worker.unref();
    },
  };
}

function startProcess(events: CarrierEvents): Carrier {
  const child = fork(ENTRY, [], {
    serialization: 'advanced',
    execArgv: [],
    // Nothing of the server's environment: it may hold secrets and the host needs none of it.
    env: environment(),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
  });
  let ended = false;
  const gone = new Promise<void>((resolve) => {
    const end = (why: string) => {
      if (ended) return;
      ended = true;
      resolve();
      events.ended(why);
    };
    child.on('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    child.on('error', (error) => end(error.message));
  });
  child.on('message', (message) => events.message(message as FromWorker));
  const channel = child.stdio[GRAPH_CHANNEL] as Writable;
  // Where the process ends before it has read the graph, its exit is reported.
  channel.on('error', () => {});
  return {
    open: ({ model, externalData }, threads) => {
      const files = externalData.map(({ path, data }) => ({ path, bytes: data.length }));
      const message: ToWorker = { kind: 'receive', modelBytes: model.length, externalData: files, threads };
      child.send(message, () => {});
      channel.write(model);
      for (const { data } of externalData) channel.write(data);
      channel.end();
    },
    post: (message) => {
      // A failed send means that the child is ending: its exit is reported.
      child.send(message, () => {});
    },
    hold: (held) => {
      if (held) {
        child.ref();
        child.channel?.ref();
      } else {
        child.unref();
        child.channel?.unref();
      }
    },
    kill: async () => {
      child.ref();
      if (!ended) child.kill('SIGKILL');
      await gone;
    },
  };
}

function buffersOf({ model, externalData }: GraphSource): ArrayBuffer[] {
  return [...new Set([model, ...externalData.map((file) => file.data)].map((bytes) => bytes.buffer as ArrayBuffer))];
}

function environment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TMPDIR', 'TEMP', 'LANG'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
