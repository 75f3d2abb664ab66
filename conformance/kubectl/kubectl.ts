import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command said. */
export interface Said {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** How a command is run beside its words. */
export interface CommandOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs commands of one kubectl against one API. */
export class Kubectl {
  readonly #binary: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(binary: string, kubeconfig: string, home: string) {
    this.#binary = binary;
    this.#env = { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig };
  }

  /** Runs a command to its end; words are cut at spaces unless they come as a list. */
  run(words: string | readonly string[], { input, env }: CommandOptions = {}): Said {
    const run = spawnSync(this.#binary, listOf(words), {
      encoding: 'utf8',
      input: input ?? '',
      env: { ...this.#env, ...env },
      timeout: 60_000,
    });
    return { status: run.status, out: run.stdout, err: run.stderr };
  }

  /**
   * Runs a command that would go on: `during` once it has said something or after 2 s, and then until `wanted` is found in what it
   * says, or 15 s.
   */
  async until(words: string | readonly string[], wanted: RegExp, during: () => void = () => {}): Promise<Said> {
    const child = spawn(this.#binary, listOf(words), { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    const end = Date.now() + 15_000;
    const isOver = () => child.exitCode !== null || Date.now() > end;
    const quiet = Date.now() + 2_000;
    while (out === '' && err === '' && !isOver() && Date.now() < quiet) await sleep(50);
    during();
    while (!wanted.test(out) && !isOver()) await sleep(50);
    const found = wanted.test(out);
    child.kill('SIGTERM');
    await exit;
    return { status: found ? 0 : 1, out, err };
  }
}

function listOf(words: string | readonly string[]): readonly string[] {
  return typeof words === 'string' ? words.split(' ') : words;
}
