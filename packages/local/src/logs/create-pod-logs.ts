import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseLogLine } from './log-line.ts';
import type { LogLine, LogOptions, PodLogs } from './pod-logs.ts';
import { LineReader, type LogRun, listRuns } from './read-log.ts';

/** Where the logs are and whose processes still write. */
export interface PodLogsOptions {
  /** `<state>/logs`. */
  readonly folder: string;
  /** Whether the replica is still there, so that a follower waits for more. */
  readonly isRunning: (namespace: string, pod: string) => boolean;
}

/** Milliseconds between two looks at a file that is followed. */
const LOOK_MS = 100;
/** A name that is a file's name and nothing more. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The folder of a replica's log files. @throws Error for a name that is none */
export function podLogFolder(folder: string, namespace: string, pod: string): string {
  if (!NAME.test(namespace) || !NAME.test(pod) || `${namespace}/${pod}`.includes('..')) {
    throw new Error(`there is no replica ${namespace.slice(0, 260)}/${pod.slice(0, 260)}`);
  }
  return join(folder, namespace, pod);
}

/** Reads the log files that the keeper writes. */
export function createPodLogs(options: PodLogsOptions): PodLogs {
  return {
    async *read(namespace, pod, wanted) {
      const folder = podLogFolder(options.folder, namespace, pod);
      const runs = await listRuns(folder);
      const run = wanted.previous ? runs.at(-2) : runs.at(-1);
      if (run === undefined) return;
      const isWanted = sinceFilter(wanted.since);
      let reader: LineReader | undefined;
      try {
        for (const { path, offset } of await startOf(run, wanted.tailLines)) {
          await reader?.close();
          reader = await LineReader.open(path, offset);
          if (reader !== undefined) yield* parsed(reader, isWanted, wanted.signal);
        }
        if (!wanted.follow || wanted.previous) return;
        const current = run.files.at(-1) as string;
        const isOver = async () =>
          !options.isRunning(namespace, pod) || ((await listRuns(folder)).at(-1)?.run ?? run.run) !== run.run;
        for (;;) {
          if (wanted.signal?.aborted === true) return;
          // Asked before the last look, so that nothing written before the end is missed.
          const over = await isOver();
          if (reader !== undefined) yield* parsed(reader, isWanted, wanted.signal);
          const inode = await stat(current).then(
            ({ ino }) => ino,
            () => undefined,
          );
          if (inode !== undefined && inode !== reader?.inode) {
            // It was rotated: what was written to the old file since the look is read first.
            if (reader !== undefined) yield* parsed(reader, isWanted, wanted.signal);
            await reader?.close();
            reader = await LineReader.open(current);
            continue;
          }
          if (over) return;
          await pause(LOOK_MS, undefined, wanted.signal === undefined ? {} : { signal: wanted.signal }).catch(
            () => undefined,
          );
        }
      } finally {
        await reader?.close();
      }
    },
  };
}

/** The files to read with the offsets to begin at. */
async function startOf(run: LogRun, tailLines: number | undefined): Promise<{ path: string; offset: number }[]> {
  if (tailLines === undefined) return run.files.map((path) => ({ path, offset: 0 }));
  const starts: { path: string; offset: number }[] = [];
  let left = Math.max(0, Math.floor(tailLines));
  for (const path of [...run.files].reverse()) {
    const reader = await LineReader.open(path);
    if (reader === undefined) continue;
    const { offset, lines } = await reader.findTail(left);
    await reader.close();
    starts.unshift({ path, offset });
    left -= lines;
    if (left <= 0) break;
  }
  return starts;
}

function sinceFilter(since: Date | undefined): (line: LogLine) => boolean {
  if (since === undefined) return () => true;
  const from = since.toISOString();
  return (line) => line.time >= from;
}

async function* parsed(
  reader: LineReader,
  isWanted: (line: LogLine) => boolean,
  signal: LogOptions['signal'],
): AsyncGenerator<LogLine> {
  for await (const lines of reader.lines()) {
    for (const text of lines) {
      if (signal?.aborted === true) return;
      const line = parseLogLine(text);
      if (line !== undefined && isWanted(line)) yield line;
    }
  }
}
