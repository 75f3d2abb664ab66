import { ERROR_GROUPS, type ErrorEntry } from '@berth/errors';

/** docs/errors.md, from the table of errors. */
export function errorsPage(): string {
  const parts = ERROR_GROUPS.map(
    ({ title, about, errors }) =>
      `## ${title}\n\n${about}\n\n${Object.entries(errors)
        .map(([code, entry]) => section(code, entry))
        .join('\n')}`,
  );
  return `# Errors

Each error has a code that stays the same. \`berth help CODE\` prints what stands here.
This page is made from the table in \`packages/errors\` by \`npm run docs\`.

${parts.join('\n')}`;
}

function section(code: string, { what, todo, exitCode, status, terse }: ErrorEntry): string {
  const facts = [
    ...(exitCode === undefined ? [] : [`Exit code ${exitCode}.`]),
    ...(status === undefined ? [] : [`HTTP status ${status}.`]),
    ...(terse === undefined ? [] : [`With \`--terse-errors\` clients read only: “${terse} (${code})”.`]),
  ];
  return `### ${code}\n\n${[what, todo, ...facts].join('\n')}\n`;
}
