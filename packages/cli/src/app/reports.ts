import type { InferenceService, InferenceServiceStatus } from '@berth/api';
import { LoadError } from '@berth/inference';
import { StorageError } from '@berth/storage';
import type { TriedSample } from './try-sample.ts';

/** What a server process tells the command that started it; structured-cloneable. */
export type AppReport =
  | { readonly kind: 'warning'; readonly about: string; readonly message: string }
  | { readonly kind: 'progress'; readonly about: string; readonly message: string }
  | {
      readonly kind: 'loaded';
      readonly about: string;
      readonly version: string;
      readonly milliseconds?: number;
      readonly summary?: string;
    }
  | {
      readonly kind: 'failed';
      readonly about: string;
      readonly message: string;
      /** A row of the table of errors. */
      readonly code?: string;
    }
  /** A request that the first model answered, for a line to paste. */
  | {
      readonly kind: 'sample';
      readonly about: string;
      readonly model: string;
      readonly prefix: string;
      readonly sample: TriedSample;
    }
  /** A change on disk that is not served: what was loaded before goes on. */
  | { readonly kind: 'kept'; readonly about: string; readonly message: string; readonly code?: string }
  | { readonly kind: 'status'; readonly service: InferenceService & { status: InferenceServiceStatus } };

/** The message of a failed load, and its code where the table of errors has one. */
export function whyOf(error: unknown): { message: string; code?: string } {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof LoadError || error instanceof StorageError ? { message, code: error.reason } : { message };
}
