/** What stands in the table of errors of one code. */
export interface ErrorEntry {
  /** What happened, in one sentence that is true of every case. */
  readonly what: string;
  /** What to do about it, in one to three sentences. */
  readonly todo: string;
  /** What a command ends with; default 1. */
  readonly exitCode?: number;
  /** The HTTP status that a client of a model sees. */
  readonly status?: number;
  /**
   * What a client of a model is told under `--terse-errors` instead of the message, which may quote names and values of
   * the model; absent where the message never does.
   */
  readonly terse?: string;
}

/** A part of the table: codes that can meet a person in the same place. */
export type ErrorTable = Readonly<Record<string, ErrorEntry>>;
