import type { Encoding } from '@berth/tables';
import { CommandError } from '../terminal/exit-codes.ts';
import type { ArgumentValues } from './values.ts';

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252'] as const satisfies readonly Encoding[];

/** How the file of rows is written, where the command line says so: `--separator`, `--encoding`. */
export interface GivenDialect {
  readonly separator?: string;
  readonly encoding?: Encoding;
}

/** @throws CommandError InvalidOption */
export function givenDialect(values: ArgumentValues): GivenDialect {
  const separator = readSeparator(values.text('separator'));
  const encoding = values.choice('encoding', ENCODINGS);
  return {
    ...(separator === undefined ? {} : { separator }),
    ...(encoding === undefined ? {} : { encoding }),
  };
}

function readSeparator(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text === '\\t' || text.toLowerCase() === 'tab') return '\t';
  if (text.length === 1 && text.charCodeAt(0) < 128 && !'"\r\n'.includes(text)) return text;
  throw new CommandError(
    `--separator takes one ASCII character, such as ; or tab, not ${JSON.stringify(text.slice(0, 50))}`,
    { code: 'InvalidOption' },
  );
}
