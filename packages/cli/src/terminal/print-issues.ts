import type { Issue } from '@berth/api';
import { codeLine } from './code-line.ts';
import type { Io } from './io.ts';
import { printable } from './io.ts';

const COLOURS = { error: 31, warning: 33, note: 36 } as const;

/**
 * Prints issues to standard error: what, where (with the source line and a caret) and what to do. Notes are left out
 * unless `verbose`; errors end with their code.
 */
export function printIssues(
  issues: readonly Issue[],
  sources: ReadonlyMap<string, string>,
  io: Io,
  options: { readonly verbose?: boolean } = {},
): void {
  for (const issue of issues) {
    if (issue.severity === 'note' && options.verbose !== true) continue;
    io.err(formatIssue(issue, sources, io.isTerminal));
  }
  if (issues.some((issue) => issue.severity === 'error')) io.err(codeLine('InvalidYaml'));
}

/** One issue as text, with a line end. */
export function formatIssue(issue: Issue, sources: ReadonlyMap<string, string>, colour: boolean): string {
  const label = colour ? `\u001b[1;${COLOURS[issue.severity]}m${issue.severity}\u001b[0m` : issue.severity;
  let text = `${label}: ${printable(issue.message)}\n`;
  if (issue.line !== undefined) {
    const file = issue.file ?? '(input)';
    text += `  at ${file}:${issue.line}:${issue.column ?? 1}\n`;
    const line = sources.get(file)?.split('\n')[issue.line - 1];
    if (line !== undefined && line.length < 200) {
      const margin = String(issue.line);
      const caret = ' '.repeat(Math.max(0, (issue.column ?? 1) - 1));
      text += `  ${margin} | ${printable(line.replace(/\r$/, ''))}\n  ${' '.repeat(margin.length)} | ${caret}^\n`;
    }
  } else if (issue.file !== undefined) {
    text += `  at ${issue.file}\n`;
  }
  if (issue.hint !== undefined) text += `  hint: ${printable(issue.hint)}\n`;
  return text;
}
