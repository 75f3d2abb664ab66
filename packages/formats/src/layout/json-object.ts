import { LoadError } from '@berth/inference';

/** A JSON object read by key, with errors that say which file and which field. */
export class JsonObject {
  readonly #value: object;
  readonly #where: string;

  private constructor(value: object, where: string) {
    this.#value = value;
    this.#where = where;
  }

  /** @throws LoadError ModelLayout where `text` is no JSON object. */
  static parse(text: string, file: string): JsonObject {
    let value: unknown;
    try {
      value = JSON.parse(text.replace(/^\ufeff/, ''));
    } catch (error) {
      throw new LoadError('ModelLayout', `${file} is not valid JSON: ${(error as Error).message}`);
    }
    return JsonObject.of(value, file);
  }

  static of(value: unknown, where: string): JsonObject {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new LoadError('ModelLayout', `${where} must be a JSON object`);
    }
    return new JsonObject(value, where);
  }

  keys(): string[] {
    return Object.keys(this.#value);
  }

  /** The field's value; undefined where it is missing or null. */
  raw(key: string): unknown {
    const value = Object.hasOwn(this.#value, key) ? (this.#value as Record<string, unknown>)[key] : undefined;
    return value === null ? undefined : value;
  }

  text(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.#wrong(key, 'text');
    return value;
  }

  number(key: string): number | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'number') throw this.#wrong(key, 'a number');
    return value;
  }

  boolean(key: string): boolean | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
    return value;
  }

  object(key: string): JsonObject | undefined {
    const value = this.raw(key);
    return value === undefined ? undefined : JsonObject.of(value, `${this.#where}: ${key}`);
  }

  list(key: string): unknown[] | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.#wrong(key, 'a list');
    return value;
  }

  #wrong(key: string, wanted: string): LoadError {
    return new LoadError('ModelLayout', `${this.#where}: ${key} must be ${wanted}`);
  }
}
