/** What the rows are tried against, and how their results are told. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Json } from '../faults/api.ts';
import { exchange, message, type RawAnswer } from './raw.ts';

/** A listener that answers predictions of iris. */
export interface Target {
  readonly name: string;
  readonly port: number;
  /** Before `/v1` and `/v2`. */
  readonly prefix: string;
  readonly model: string;
  /** Of the process that listens. */
  readonly pid: number;
  /** Text that no answer may hold: folders, tokens, names of sockets. */
  readonly canaries: readonly string[];
}

/** Iris as v2 takes it, with whatever is wrong put in its place. */
export function v2(tensor: Json = {}, request: Json = {}): string {
  const input = { name: 'input-0', shape: [1, 4], datatype: 'FP32', data: [6.8, 2.8, 4.8, 1.4], ...tensor };
  return JSON.stringify({ inputs: [input], ...request });
}

/** Iris as v1 takes it. */
export const V1 = '{"instances":[[6.8,2.8,4.8,1.4]]}';

/** Counts rows and holds every answer against the canaries. */
export class Walk {
  passed = 0;
  failed = 0;
  skipped = 0;
  readonly #texts: { readonly row: string; readonly text: string }[] = [];

  row(name: string, isGood: boolean, told: string): void {
    this[isGood ? 'passed' : 'failed']++;
    if (!isGood || process.env.ROWS !== undefined) {
      console.log(`${isGood ? 'ok' : 'not ok'} ${name}: ${printable(told).slice(0, 400)}`);
    }
  }

  skip(name: string, why: string): void {
    this.skipped++;
    console.log(`skip ${name}: ${why}`);
  }

  keep(row: string, text: string): void {
    this.#texts.push({ row, text: text.slice(0, 64_000) });
  }

  /** No answer tells of a folder, a stack, a process or a secret. */
  leaks(canaries: readonly string[]): void {
    const inner = /\n?\s+at .{1,200}(node:|\.[jt]s:\d)|node_modules|\.sock\b|\/proc\//;
    const found = this.#texts.filter(({ text }) => inner.test(text) || canaries.some((one) => text.includes(one)));
    const told = found.map(({ row, text }) => `${row}: ${text.slice(-300)}`).join('; ');
    this.row(`1.1 no answer of ${this.#texts.length} tells what is inside`, found.length === 0, told);
  }

  /** One request of HTTP/1.1 whose status is one of these. */
  async http(
    name: string,
    port: number,
    wanted: readonly number[],
    pieces: Iterable<string | Buffer>,
    options: { readonly timeoutMs?: number; readonly also?: (answer: RawAnswer) => boolean } = {},
  ): Promise<RawAnswer> {
    const answer = await exchange(port, pieces, options);
    this.keep(name, answer.text);
    this.row(
      name,
      wanted.includes(answer.status) && (options.also?.(answer) ?? true),
      `${answer.status} (${Math.round(answer.milliseconds)} ms): ${answer.text.slice(-250)}`,
    );
    return answer;
  }

  /** The target still answers a prediction. */
  async alive(name: string, { port, prefix, model }: Target): Promise<void> {
    const pieces = message('POST', `${prefix}/v1/models/${model}:predict`, ['Content-Type: application/json'], V1);
    const answer = await exchange(port, pieces);
    this.row(`${name}: answers after it`, answer.status === 200, answer.text);
  }
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  return text.replace(/[\u0000-\u001f\u007f-\u00ff]/g, ' ');
}

/** Resident memory of a process in MiB. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Makes the kernel count the peak of a process from now on; gives what it takes now, in MiB. */
export function resetPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return peakMiB(pid);
}

/** The most that a process has ever had resident, or since {@link resetPeak}, in MiB. */
export function peakMiB(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Children of a process, whatever their depth. */
export function descendants(pid: number): { readonly pid: number; readonly command: string }[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null);
  const found: { pid: number; command: string }[] = [];
  const parents = new Set([pid]);
  for (let before = -1; before !== found.length; ) {
    before = found.length;
    for (const [, child, parent, command] of all) {
      if (!parents.has(Number(parent)) || parents.has(Number(child))) continue;
      parents.add(Number(child));
      found.push({ pid: Number(child), command: command as string });
    }
  }
  return found;
}
