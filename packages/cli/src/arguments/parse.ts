import { parseArgs } from 'node:util';
import { CommandError } from '../terminal/exit-codes.ts';

/** An option that a command takes. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Other spellings, e.g. the names that KServe's servers use. */
  readonly aliases?: readonly string[];
  /** What the value is, for help: `PORT`. */
  readonly value?: string;
  /** One line for help; without it the option is not listed. */
  readonly help?: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** A command line, taken apart. */
export interface ParsedArguments {
  /** Where an option stands twice, the last one. */
  readonly values: ReadonlyMap<string, string | boolean>;
  /** Every value of an option, in order. */
  readonly repeated: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** Options that nothing knows, as written. */
  readonly unknown: readonly string[];
}

/**
 * Takes `--name value`, `--name=value`, `-n value` and switches apart; an underscore counts as a dash.
 * What is not known is kept apart: refusing it or warning of it is the caller's choice.
 * @throws CommandError where an option has no value
 */
export function parseArguments(args: readonly string[], specs: OptionSpecs): ParsedArguments {
  const names = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    for (const spelling of [name, ...(spec.aliases ?? [])]) names.set(canonical(spelling), name);
  }
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, spec] of Object.entries(specs)) {
    options[name] = spec.short === undefined ? { type: spec.type } : { type: spec.type, short: spec.short };
  }
  const known = args.map((word) => rename(word, names));
  const { tokens } = parseArgs({ args: known, options, strict: false, tokens: true, allowPositionals: true });
  const values = new Map<string, string | boolean>();
  const repeated = new Map<string, string[]>();
  const positionals: string[] = [];
  const unknown: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) unknown.push(token.rawName);
    else {
      const value = optionValue(token, spec);
      values.set(token.name, value);
      repeated.set(token.name, [...(repeated.get(token.name) ?? []), String(value)]);
    }
  }
  return { values, repeated, positionals, unknown };
}

/** @throws CommandError for the first option that nothing knows, with the nearest one that is */
export async function refuseUnknown(parsed: ParsedArguments, specs: OptionSpecs): Promise<void> {
  const [first] = parsed.unknown;
  if (first === undefined) return;
  // Loaded late: most command lines have no mistake.
  const { nearest } = await import('@berth/api');
  const close = nearest(first.replace(/^-+/, ''), Object.keys(specs));
  throw new CommandError(`unknown option ${first}`, {
    code: 'UnknownOption',
    hint: close === undefined ? 'berth help shows the options' : `did you mean --${close}?`,
  });
}

/** For commands that take options only. @throws CommandError for the first word that is none */
export function refuseWords(parsed: ParsedArguments, command: string): void {
  const [first] = parsed.positionals;
  if (first === undefined) return;
  throw new CommandError(`berth ${command} takes no "${first.slice(0, 100)}"`, {
    code: 'UsageError',
    hint: `berth help ${command} shows its options`,
  });
}

function optionValue(token: { rawName: string; value: string | undefined }, spec: OptionSpec): string | boolean {
  if (spec.type === 'string') {
    if (token.value === undefined) throw new CommandError(`${token.rawName} needs a value`, { code: 'InvalidOption' });
    return token.value;
  }
  if (token.value === undefined) return true;
  // KServe's servers write switches with a value.
  return !/^(false|0|no)$/i.test(token.value);
}

function rename(word: string, names: ReadonlyMap<string, string>): string {
  const match = /^--?([A-Za-z][\w.-]+)(=[\s\S]*)?$/.exec(word);
  const name = match === null ? undefined : names.get(canonical(match[1] as string));
  return name === undefined ? word : `--${name}${match?.[2] ?? ''}`;
}

function canonical(name: string): string {
  return name.replaceAll('_', '-').toLowerCase();
}
