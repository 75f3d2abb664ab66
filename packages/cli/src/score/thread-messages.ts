import type { Part } from '@berth/tables';
import { CommandError, type CommandErrorCode } from '../terminal/exit-codes.ts';
import type { ScoredPart } from './part-scorer.ts';

/** To a scoring thread. */
export interface ToScorer {
  readonly id: number;
  readonly part: Part;
}

/** An error as it crosses threads. */
interface Failure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly isTable: boolean;
  /** For errors that nobody foresaw. */
  readonly stack: string | undefined;
}

/** From a scoring thread. */
export type FromScorer =
  | { readonly id: number; readonly result: ScoredPart }
  | { readonly id: number; readonly failure: Failure };

const KIND: ReadonlySet<string> = new Set(['TableError', 'LoadError', 'InferenceError']);

/** What another thread is told of an error. */
export function describeFailure(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const isKind = KIND.has(error.name) || error instanceof CommandError;
  const { hint } = error as { hint?: string };
  return {
    message: error.message,
    hint,
    isTable: error.name === 'TableError',
    stack: isKind ? undefined : error.stack,
  };
}

/** The error in this thread. */
export function errorOf({ message, hint, isTable, stack }: Failure): Error {
  if (stack !== undefined) return Object.assign(new Error(message), { stack });
  const code: CommandErrorCode = isTable ? 'InvalidTable' : 'Failed';
  return new CommandError(message, { code, hint });
}
