/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Words as code: `` `a`, `b` ``. */
export function code(words: Iterable<string>): string {
  return [...words].map((word) => `\`${word}\``).join(', ');
}
