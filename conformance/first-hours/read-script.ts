/** A command of a document and what it must print. */
export interface Step {
  /** The command as it stands, without `$ `; continuation lines are joined by line ends. */
  readonly command: string;
  /** Lines that must come; a line `…` stands for any lines, `…` in a line for any text. */
  readonly expected: readonly string[];
  readonly exitCode: number;
  /** Whether it is run in a terminal, and what it draws is recorded. */
  readonly inTerminal: boolean;
  /** 1-based line in the document. */
  readonly line: number;
}

/**
 * Reads the steps of a Markdown document: fenced blocks of the kind `console` (or `terminal`, for a real terminal), with
 * `$ ` before a command, `> ` before its further lines, and its output below. `[exit 4]` as the last line of an output says
 * that the command ends so.
 * @throws Error for a block that starts with something else than a command
 */
export function readScript(markdown: string): Step[] {
  const steps: Step[] = [];
  let fence: 'console' | 'terminal' | undefined;
  let open: { command: string; expected: string[]; line: number } | undefined;
  const close = () => {
    if (open === undefined) return;
    const last = /^\[exit (\d+)\]$/.exec(open.expected.at(-1) ?? '');
    const expected = last === null ? open.expected : open.expected.slice(0, -1);
    steps.push({ ...open, expected, exitCode: Number(last?.[1] ?? 0), inTerminal: fence === 'terminal' });
    open = undefined;
  };
  for (const [index, text] of markdown.split('\n').entries()) {
    const start = /^```(console|terminal)$/.exec(text);
    if (fence === undefined) {
      if (start !== null) fence = start[1] as 'console' | 'terminal';
      continue;
    }
    if (text.startsWith('```')) {
      close();
      fence = undefined;
    } else if (text.startsWith('$ ')) {
      close();
      open = { command: text.slice(2), expected: [], line: index + 1 };
    } else if (open === undefined) {
      throw new Error(`line ${index + 1}: a block starts with a command, "$ …"`);
    } else if (text.startsWith('> ') && open.expected.length === 0) {
      open.command += `\n${text.slice(2)}`;
    } else {
      open.expected.push(text);
    }
  }
  close();
  return steps;
}
