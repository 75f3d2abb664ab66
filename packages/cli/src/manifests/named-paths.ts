import type { ParsedArguments } from '../arguments/parse.ts';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';

/** The YAML files that a command line names, by `-f` or bare. @throws CommandError where it names none: `what`, and a hint */
export function namedPaths(parsed: ParsedArguments, what: string, hint: string): string[] {
  const paths = [...(parsed.repeated.get('file') ?? []), ...parsed.positionals];
  if (paths.length === 0) throw new CommandError(`name ${what}`, { exitCode: EXIT.usage, hint });
  return paths;
}
