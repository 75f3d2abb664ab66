/** What a command may touch of the process it runs in; tests give their own. */
export interface Io {
  /** Data only. */
  readonly out: (text: string) => void;
  /** Messages and progress. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether messages go to a terminal, so that colour is of use. */
  readonly isTerminal: boolean;
  /** The same of data: where it goes into a pipe or a file it has no colour. */
  readonly isOutputTerminal: boolean;
  /** Everything on standard input. */
  readonly readInput: () => Promise<string>;
}

/** The real process. */
export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    isTerminal: process.stderr.isTTY === true && takesColour(),
    isOutputTerminal: process.stdout.isTTY === true && takesColour(),
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

/** https://no-color.org: set and not empty means none. */
function takesColour(): boolean {
  return (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** An Io that prints errors, with what follows them, and leaves out all other messages. */
export function quietIo(io: Io): Io {
  let isError = false;
  return {
    ...io,
    err: (text) => {
      if (!/^\s/.test(text)) isError = /^(error|not ready)\b/.test(text);
      if (isError) io.err(text);
    },
  };
}

/** Text from elsewhere (files, servers) without what a terminal would act on; line ends stay. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\n' || character === '\t' ? character : '\u{fffd}'));
}
