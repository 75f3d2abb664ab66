import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a command came to. */
export interface Outcome {
  readonly lines: readonly string[];
  /** What came, byte for byte. */
  readonly text: string;
  /** Undefined where it goes on in the background. */
  readonly exitCode: number | undefined;
}

/** One bash that runs the commands of a document one after the other, as a person at a prompt would. */
export class Shell {
  readonly #bash: ChildProcess;
  readonly #folder: string;
  #text = '';
  #wake: (() => void) | undefined;
  #ended = false;

  /** Starts in `folder`; `env` is the whole environment. */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    // A group of its own, so that whatever it started can be ended with it.
    this.#bash = spawn('bash', ['--norc', '--noprofile'], { cwd: folder, env, stdio: 'pipe', detached: true });
    this.#bash.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#text += chunk.toString();
        this.#wake?.();
      });
    }
    this.#write('set -m; exec 2>&1');
  }

  /** Runs a command to its end. @throws Error where it takes longer than `limitMs` */
  async run(command: string, limitMs: number): Promise<Outcome> {
    const mark = `end-${randomUUID()}`;
    this.#text = '';
    this.#write(`${command}\nprintf '\\n%s %s\\n' ${mark} "$?"`);
    const pattern = new RegExp(`\\n${mark} (\\d+)\\n`);
    await this.#until(() => pattern.test(this.#text), limitMs, command);
    const found = pattern.exec(this.#text);
    const text = this.#text.slice(0, found?.index ?? 0);
    return { lines: linesOf(text), text, exitCode: Number(found?.[1]) };
  }

  /** Starts a command that goes on; its output so far is what `isEnough` is asked about. */
  async start(command: string, isEnough: (lines: readonly string[]) => boolean, limitMs: number): Promise<Outcome> {
    const log = join(this.#folder, `.output-${randomUUID()}`);
    await this.run(`${command.replace(/\s*&\s*$/, '')} > '${log}' 2>&1 &`, 5_000);
    const lines = () => (existsSync(log) ? linesOf(readFileSync(log, 'utf8')) : []);
    const limit = Date.now() + limitMs;
    while (!isEnough(lines()) && Date.now() < limit) await new Promise((resolve) => setTimeout(resolve, 50));
    return { lines: lines(), text: '', exitCode: undefined };
  }

  /** Ends the shell and what it left running. */
  async end(): Promise<void> {
    if (this.#ended) return;
    await this.run('for job in $(jobs -p); do kill "$job"; done; wait', 20_000).catch(() => undefined);
    this.#write('exit');
    await this.#until(() => this.#ended, 5_000, 'exit').catch(() => undefined);
    if (!this.#ended && this.#bash.pid !== undefined) process.kill(-this.#bash.pid, 'SIGKILL');
  }

  #write(text: string): void {
    this.#bash.stdin?.write(`${text}\n`);
  }

  async #until(isSo: () => boolean, limitMs: number, command: string): Promise<void> {
    const limit = Date.now() + limitMs;
    while (!isSo()) {
      if (Date.now() > limit) throw new Error(`"${command}" took longer than ${limitMs / 1000} s:\n${this.#text}`);
      if (this.#ended) throw new Error(`the shell ended at "${command}":\n${this.#text}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 100);
      });
    }
  }
}

function linesOf(text: string): string[] {
  const lines = text.replace(/\r/g, '').split('\n');
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
