import type { Difference, Value } from './compare.ts';
import type { BatchComparison, FirstMismatch, Refusal } from './compare-batches.ts';

/** The shape of the JSON report; a change that could break a reader gets a new number. docs/verify.md describes it. */
export const REPORT_SCHEMA = 'berth-verify/1';

/** What came out: `different` also where one side alone refuses a row; `incomplete` where not all was compared. */
export type Verdict = 'equal' | 'different' | 'not-compared' | 'incomplete';

/** A number as JSON can hold it. */
type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';
type JsonValue = JsonNumber | string | boolean;

interface JsonDifference {
  readonly difference: JsonNumber;
  readonly row: number;
  readonly column?: string;
  readonly berth: JsonValue;
  readonly library: JsonValue;
}

/** What `-o json` prints. */
export interface VerifyReport {
  readonly schema: typeof REPORT_SCHEMA;
  readonly verdict: Verdict;
  readonly exitCode: number;
  readonly model: ModelPart;
  readonly python?: PythonPart;
  readonly berth: { readonly version: string };
  readonly rows?: {
    readonly source: 'file' | 'made-up';
    readonly path?: string;
    readonly seed?: number;
    readonly compared: number;
    readonly mismatching: number;
    readonly refusedByBoth: number;
    readonly refusedByBerth: number;
    readonly refusedByLibrary: number;
    readonly notAsked: number;
    readonly unreadable: number;
  };
  readonly outputs?: readonly OutputPart[];
  readonly firstMismatch?: Omit<FirstMismatch, 'berth' | 'library' | 'input'> & {
    readonly berth: JsonValue;
    readonly library: JsonValue;
    readonly input: Record<string, unknown>;
  };
  readonly refusals?: readonly Refusal[];
  /** Why not all, or nothing, was compared. */
  readonly failure?: {
    readonly stage: string;
    readonly message: string;
    /** A row of the table of errors, where it is more than a failure. */
    readonly code?: string;
    readonly details?: string;
  };
  readonly warnings: readonly string[];
  readonly speed?: { readonly berthRowsPerSecond: number; readonly libraryRowsPerSecond: number };
}

/** The file, as the native side read it. */
export interface ModelPart {
  readonly path: string;
  readonly format: string;
  readonly summary?: string;
  readonly savedBy?: string;
  /** Whether the library's way of loading it can run code that the file holds. */
  readonly runsCode: boolean;
}

/** The interpreter and what it loaded. */
export interface PythonPart {
  readonly executable: string;
  readonly why: string;
  readonly version?: string;
  readonly class?: string;
  readonly packages?: Readonly<Record<string, string>>;
}

export interface OutputPart {
  readonly name: string;
  readonly compared: boolean;
  readonly skipped?: string;
  readonly rows?: number;
  readonly values?: number;
  readonly mismatches?: number;
  readonly tolerance?: { readonly rtol: number; readonly atol: number; readonly reason: string } | 'exact';
  readonly largestAbsolute?: JsonDifference;
  readonly largestRelative?: JsonDifference;
}

/** The parts of a report that a comparison gives. */
export function comparisonParts(
  comparison: BatchComparison,
  source: { readonly source: 'file' | 'made-up'; readonly path?: string; readonly seed?: number },
  unreadable: number,
): Pick<VerifyReport, 'rows' | 'outputs' | 'firstMismatch' | 'refusals' | 'speed'> {
  const { counts, refusals, berthMs, librarySeconds } = comparison;
  const rate = (ms: number) => Math.round((counts.compared * 1000) / Math.max(ms, 1e-3));
  const first = comparison.firstMismatch;
  return {
    rows: {
      ...source,
      compared: counts.compared,
      mismatching: counts.mismatching,
      refusedByBoth: counts.both,
      refusedByBerth: counts.berth,
      refusedByLibrary: counts.library,
      notAsked: counts.unasked,
      unreadable,
    },
    outputs: comparison.outputs.map(({ comparison: one, skipped }): OutputPart => {
      if (skipped !== undefined) return { name: one.name, compared: false, skipped };
      return {
        name: one.name,
        compared: true,
        rows: one.rows,
        values: one.values,
        mismatches: one.mismatches,
        tolerance: one.tolerance ?? 'exact',
        ...(one.largestAbsolute === undefined ? {} : { largestAbsolute: jsonDifference(one.largestAbsolute) }),
        ...(one.largestRelative === undefined ? {} : { largestRelative: jsonDifference(one.largestRelative) }),
      };
    }),
    ...(first === undefined
      ? {}
      : {
          firstMismatch: {
            ...first,
            berth: jsonValue(first.berth),
            library: jsonValue(first.library),
            input: jsonInput(first.input),
          },
        }),
    ...(refusals.length === 0 ? {} : { refusals }),
    ...(counts.compared === 0
      ? {}
      : { speed: { berthRowsPerSecond: rate(berthMs), libraryRowsPerSecond: rate(librarySeconds * 1000) } }),
  };
}

/** What a finished comparison means. */
export function verdictOf({ counts, outputs }: BatchComparison): Verdict {
  const different = counts.mismatching + counts.berth + counts.library;
  if (different > 0) return 'different';
  if (counts.compared === 0 || outputs.every(({ skipped }) => skipped !== undefined)) return 'not-compared';
  return counts.unasked > 0 ? 'incomplete' : 'equal';
}

function jsonDifference({ difference, row, column, berth, library }: Difference): JsonDifference {
  return {
    difference: jsonNumber(difference),
    row,
    ...(column === undefined ? {} : { column }),
    berth: jsonValue(berth),
    library: jsonValue(library),
  };
}

function jsonValue(value: Value): JsonValue {
  if (typeof value === 'number') return jsonNumber(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  return value;
}

function jsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

function jsonInput(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, typeof value === 'number' ? jsonNumber(value) : value]),
  );
}
