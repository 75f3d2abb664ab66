import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { encodeFrame, type Frame, FrameReader } from './frames.ts';

/** Bytes of one answer: far more than a batch of rows gives. */
const MAX_ANSWER_BYTES = 2 ** 30;
/** What is kept of what the model's code prints. */
const MAX_PRINTED_BYTES = 8192;

/** How the Python process ended without an answer. */
export type PythonLoss =
  | { readonly kind: 'not-started'; readonly code: string }
  | { readonly kind: 'ended'; readonly code: number | null; readonly signal: string | null }
  | { readonly kind: 'timeout'; readonly ms: number }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'garbled'; readonly why: string };

/** The process gave no answer and is gone. */
export class PythonLost extends Error {
  readonly loss: PythonLoss;
  constructor(loss: PythonLoss) {
    super(`the Python process is lost (${loss.kind})`);
    this.name = 'PythonLost';
    this.loss = loss;
  }
}

/** How the process is started. */
export interface PythonOptions {
  readonly executable: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that one answer may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** The script; default verify.py. */
  readonly script?: string;
}

/** A Python process that answers one frame after the other. Nothing of it outlives {@link close}. */
export class PythonProcess {
  readonly #child: ChildProcess;
  readonly #options: PythonOptions;
  readonly #gone: Promise<void>;
  readonly #reader = new FrameReader(MAX_ANSWER_BYTES);
  readonly #frames: Frame[] = [];
  #wake: (() => void) | undefined;
  #loss: PythonLoss | undefined;
  #isGone = false;
  #printed = Buffer.alloc(0);
  #printedBytes = 0;
  readonly #onAbort = () => this.#lose({ kind: 'interrupted' });

  constructor(options: PythonOptions) {
    this.#options = options;
    const script = options.script ?? fileURLToPath(new URL('../../python/verify.py', import.meta.url));
    // A group of its own where there are groups: the library's helper processes end with it, and Ctrl-C is ours to hand on.
    this.#child = spawn(options.executable, [script], {
      cwd: options.cwd,
      env: { ...options.env, PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8' },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    this.#gone = new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        this.#lose({ kind: 'not-started', code: error.code ?? error.message });
        resolve();
      });
      this.#child.on('exit', (code, signal) => this.#lose({ kind: 'ended', code, signal }));
      this.#child.on('close', () => {
        this.#isGone = true;
        resolve();
      });
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stderr?.on('data', (piece: Buffer) => this.#keepPrinted(piece));
    this.#child.stdout?.on('data', (piece: Buffer) => this.#take(piece));
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.#onAbort();
  }

  /** The end of what the process wrote besides its answers, and how much there was. */
  get printed(): { readonly text: string; readonly bytes: number } {
    return { text: this.#printed.toString('utf8'), bytes: this.#printedBytes };
  }

  /** Sends a frame and waits for the answer. @throws PythonLost; the process is then gone. */
  async ask(header: unknown, blobs: readonly Uint8Array[] = []): Promise<Frame> {
    if (this.#loss === undefined) this.#child.stdin?.write(encodeFrame(header, blobs));
    return this.answer();
  }

  /** Waits for the next answer, for as long as the options say unless told otherwise. @throws PythonLost */
  async answer(ms = this.#options.timeoutMs): Promise<Frame> {
    const timer = setTimeout(() => this.#lose({ kind: 'timeout', ms }), ms);
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined) return frame;
        if (this.#loss !== undefined) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
    await this.close();
    throw new PythonLost(this.#loss);
  }

  /** Ends the process and what it started; resolves when it is gone. */
  async close(): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#kill();
    await this.#gone;
  }

  #take(piece: Buffer): void {
    if (this.#loss !== undefined) return;
    try {
      this.#frames.push(...this.#reader.push(piece));
      this.#wake?.();
    } catch (error) {
      this.#lose({ kind: 'garbled', why: (error as Error).message });
    }
  }

  #keepPrinted(piece: Buffer): void {
    this.#printedBytes += piece.length;
    this.#printed = Buffer.concat([this.#printed, piece.subarray(-MAX_PRINTED_BYTES)]).subarray(-MAX_PRINTED_BYTES);
  }

  #lose(loss: PythonLoss): void {
    this.#loss ??= loss;
    this.#kill();
    this.#wake?.();
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isGone) return;
    try {
      // Also after the process itself ended: what it started may be left in its group.
      if (process.platform === 'win32') this.#child.kill('SIGKILL');
      else process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing of the group is left.
    }
  }
}
