import { CommandError } from '../terminal/exit-codes.ts';
import type { ParsedArguments } from './parse.ts';

/** Typed access to parsed options, each with a fall-back in the environment. */
export class ArgumentValues {
  readonly #parsed: ParsedArguments;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(parsed: ParsedArguments, env: Readonly<Record<string, string | undefined>>) {
    this.#parsed = parsed;
    this.#env = env;
  }

  text(name: string, ...variables: string[]): string | undefined {
    const value = this.#parsed.values.get(name);
    if (typeof value === 'string') return value;
    return variables.map((variable) => this.#env[variable]).find((one) => one !== undefined && one !== '');
  }

  flag(name: string, ...variables: string[]): boolean | undefined {
    const value = this.#parsed.values.get(name);
    if (typeof value === 'boolean') return value;
    const text = variables.map((variable) => this.#env[variable]).find((one) => one !== undefined && one !== '');
    return text === undefined ? undefined : /^(true|1|yes|on)$/i.test(text);
  }

  /**
   * One of the words that an option takes, written in any case.
   * @throws CommandError InvalidOption that lists them
   */
  choice<T extends string>(name: string, offered: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = offered.find((one) => one.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    const shown = name === 'output' ? '-o' : `--${name}`;
    const [last, ...others] = [...offered].reverse();
    const list = others.length === 0 ? `${last} is` : `${others.reverse().join(', ')} and ${last} are`;
    throw new CommandError(`${shown} ${text === '' ? '""' : text.slice(0, 50)} is not offered; ${list}`, {
      code: 'InvalidOption',
    });
  }

  /** @throws CommandError where it is no whole number within the bounds */
  integer(name: string, bounds: { min: number; max: number }, ...variables: string[]): number | undefined {
    const text = this.text(name, ...variables);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < bounds.min || value > bounds.max) {
      const source = this.#parsed.values.has(name) ? `--${name}` : variables.join(' or ');
      throw new CommandError(`${source} must be a whole number from ${bounds.min} to ${bounds.max}, not "${text}"`, {
        code: 'InvalidOption',
      });
    }
    return value;
  }

  /** Bytes: `64MiB`, `10M`, `1048576`. @throws CommandError */
  bytes(name: string, ...variables: string[]): number | undefined {
    const text = this.text(name, ...variables);
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim());
    const exponent = ' kmgt'.indexOf((match?.[2] ?? '').toLowerCase() || ' ');
    if (match === null)
      throw new CommandError(`--${name} must be a size such as 64MiB, not "${text}"`, { code: 'InvalidOption' });
    const base = match[3] === '' && exponent > 0 ? 1000 : 1024;
    return Math.floor(Number(match[1]) * base ** exponent);
  }

  /** Milliseconds from seconds: `30`, `30s`, `1m`, `500ms`. @throws CommandError */
  duration(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim());
    if (match === null)
      throw new CommandError(`--${name} must be a time such as 30s, not "${text}"`, { code: 'InvalidOption' });
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? 's'] as number;
    return Math.floor(Number(match[1]) * unit);
  }
}
