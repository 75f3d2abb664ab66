const COLUMNS = 100;
const ROWS = 30;
const ESCAPE = '\u001b';

/** The command in a terminal of its own (util-linux `script`, or Python's pty where that is missing). */
export function inTerminal(command: string): string {
  const quoted = command.replaceAll("'", "'\\''");
  return `script -qefc 'stty cols ${COLUMNS} rows ${ROWS}; ${quoted}' /dev/null < /dev/null`;
}

/** What was drawn as an asciicast (version 2) and as the lines that a person sees at the end. */
export function castOf(drawn: string, title: string): { cast: string; lines: string[] } {
  const header = { version: 2, width: COLUMNS, height: ROWS, title };
  const cast = `${JSON.stringify(header)}\n${JSON.stringify([0, 'o', drawn])}\n`;
  // Colours go; what a carriage return or an erased line took away is not there any more.
  const codes = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');
  const plain = drawn.replaceAll('\r\n', '\n').replace(codes, (code) => (code.endsWith('K') ? '\r' : ''));
  const lines = plain.split('\n').map((line) => (line.split('\r').at(-1) ?? '').trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return { cast, lines };
}
