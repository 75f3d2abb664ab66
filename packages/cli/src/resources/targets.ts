import type { KindInfo } from '@berth/api';
import { CommandError, EXIT } from '../terminal/exit-codes.ts';
import { isKind, kindNamed } from './resource-types.ts';

/** What a command line names: kinds, and names of one of them. */
export interface Target {
  readonly info: KindInfo;
  /** Absent: every object of the kind. */
  readonly name?: string;
}

/**
 * `isvc`, `isvc,pods`, `isvc iris fraud`, `isvc/iris pod/x`; a name alone is an InferenceService's, which is what people
 * mean most.
 * @throws CommandError
 */
export function targetsOf(words: readonly string[]): Target[] {
  const [first, ...rest] = words;
  if (first === undefined) return [{ info: kindNamed('isvc') }];
  if (first.includes('/')) return words.map(typeAndName);
  if (first.includes(',')) {
    if (rest.length > 0) {
      throw new CommandError('names can follow one resource type only', { exitCode: EXIT.usage });
    }
    return first
      .split(',')
      .filter(Boolean)
      .map((word) => ({ info: kindNamed(word) }));
  }
  if (!isKind(first) && rest.length === 0) return [{ info: kindNamed('isvc'), name: first }];
  const info = kindNamed(first);
  return rest.length === 0 ? [{ info }] : rest.map((name) => ({ info, name }));
}

function typeAndName(word: string): Target {
  const [type = '', name = '', ...more] = word.split('/');
  if (name === '' || more.length > 0) {
    throw new CommandError(`"${word.slice(0, 100)}" is not of the form TYPE/NAME`, { exitCode: EXIT.usage });
  }
  return { info: kindNamed(type), name };
}
