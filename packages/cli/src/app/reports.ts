import type { InferenceService, InferenceServiceStatus } from '@berth/api';

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
  /** A change on disk that is not served: what was loaded before goes on. */
  | { readonly kind: 'kept'; readonly about: string; readonly message: string; readonly code?: string }
  | { readonly kind: 'status'; readonly service: InferenceService & { status: InferenceServiceStatus } };
