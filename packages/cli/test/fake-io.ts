import type { Io } from '../src/terminal/io.ts';

/** An Io that keeps what is written. */
export function fakeIo(
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Io & { written: { out: string; err: string } } {
  const written = { out: '', err: '' };
  return {
    written,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    isTerminal: false,
    isOutputTerminal: false,
    readInput: async () => options.input ?? '',
  };
}
