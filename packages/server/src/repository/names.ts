import { InferenceError } from '@berth/inference';

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$/;

/**
 * Whether `name` may be a model's or a version's name: letters, digits, `-`, `_` and `.`, 1 to 253 of them, a letter or
 * digit at both ends, no `..`. So no name can leave a folder, break a header or hide in a log line.
 */
export function isValidName(name: string): boolean {
  return name.length <= 253 && NAME.test(name) && !name.includes('..');
}

/** @throws InferenceError INVALID_INPUT where `name` is no valid name; `what` is "model" or "version". */
export function assertValidName(name: string, what: string): void {
  if (isValidName(name)) return;
  throw new InferenceError(
    'INVALID_INPUT',
    `${what} name is not valid: it takes 1 to 253 letters, digits, "-", "_" and ".", starts and ends with a letter or digit, and has no ".."`,
  );
}

/** Orders version names highest first: numbers by value before text, text backwards by code point. */
export function compareVersions(left: string, right: string): number {
  const leftNumber = /^\d{1,15}$/.test(left) ? Number(left) : -1;
  const rightNumber = /^\d{1,15}$/.test(right) ? Number(right) : -1;
  if (leftNumber !== rightNumber) return rightNumber - leftNumber;
  if (left === right) return 0;
  return left < right ? 1 : -1;
}
