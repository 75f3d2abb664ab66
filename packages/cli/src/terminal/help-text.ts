import type { OptionSpecs } from '../arguments/parse.ts';

/** The help of a command: how it is written, then its options in two columns. */
export function helpText(usage: string, about: string, options: OptionSpecs): string {
  const rows = Object.entries(options)
    .filter(([, spec]) => spec.help !== undefined)
    .map(([name, spec]) => {
      const short = spec.short === undefined ? '' : `-${spec.short}, `;
      const value = spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : '';
      return [`${short}--${name}${value}`, spec.help ?? ''] as const;
    });
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
  return `usage: ${usage}\n\n${about}\n${lines.length === 0 ? '' : `\noptions:\n${lines.join('\n')}\n`}`;
}
