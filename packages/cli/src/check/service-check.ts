import type { Severity } from '@berth/api';

/**
 * What becomes of a service on this machine, best first; docs/check.md explains each. `native`: Berth evaluates it itself.
 * `needs-library`: its command runs Python. `needs-program`: its command runs another program. `needs-image`: a container
 * engine runs its image. `cannot-run`: it would stay Ready=False. `invalid`: it is refused as it is written.
 */
export const VERDICTS = ['native', 'needs-library', 'needs-program', 'needs-image', 'cannot-run', 'invalid'] as const;

export type Verdict = (typeof VERDICTS)[number];

/** A place in a text that was given, 1-based. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A field that is read and checked and has no effect on one machine. */
export interface FieldNote extends Place {
  /** E.g. `spec.predictor.nodeSelector`. */
  readonly field: string;
  readonly why: string;
  /** Whether answers, or who gets them, would be others if it had an effect. */
  readonly matters: boolean;
}

/** Something said of the service, with the field it is about where there is one. */
export interface Remark extends Place {
  readonly severity: Severity;
  readonly message: string;
  readonly field?: string;
  readonly hint?: string;
}

/** Something that has to be there before the service starts, and is not in what was checked. */
export interface Need {
  readonly kind: 'Secret' | 'ConfigMap' | 'ServiceAccount' | 'Volume' | 'Image' | 'Program' | 'Library' | 'Models';
  readonly name: string;
  readonly what: string;
}

/** One model of a service, and where its bytes come from. */
export interface ModelPlace {
  readonly uri?: string;
  /** `local` for paths and `file://`, `volume` for `pvc://`, else `download`. */
  readonly from: 'local' | 'volume' | 'download' | 'storage-config';
  /** Why its bytes can not be had: CamelCase for conditions, and a sentence. */
  readonly reason?: string;
  readonly problem?: string;
}

/** How one predictor of a service, its own or a canary's, is run. */
export interface PredictorCheck {
  /** Name of the canary; absent for the service's own predictor. */
  readonly variant?: string;
  readonly verdict: Verdict;
  /** Why it is not native: CamelCase for conditions (EngineMissing) and a sentence. */
  readonly reason?: string;
  readonly message?: string;
  readonly runtime?: { readonly name: string; readonly kind: string; readonly builtIn: boolean };
  /** Why this runtime. */
  readonly because: string;
  readonly protocol?: string;
  readonly runner?:
    | { readonly kind: 'native'; readonly format: string; readonly flavour: string }
    | { readonly kind: 'command'; readonly program: string }
    | { readonly kind: 'container'; readonly image: string };
  readonly models: readonly ModelPlace[];
  readonly needs: readonly Need[];
  /** What only a look at the model's files can tell. */
  readonly unknown: readonly string[];
}

/** What `berth check` says of one InferenceService. */
export interface ServiceCheck extends Place {
  readonly name: string;
  readonly namespace: string;
  readonly verdict: Verdict;
  /** The service's own predictor first; empty where it is invalid. */
  readonly predictors: readonly PredictorCheck[];
  readonly notHonoured: readonly FieldNote[];
  readonly remarks: readonly Remark[];
}

/** A resource of another kind that stood in the input. */
export interface OtherCheck extends Place {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  /** `used`: it took part in the checks; `not-served`: nothing acts on it yet; `left-out`: not known; `invalid`. */
  readonly use: 'used' | 'not-served' | 'left-out' | 'invalid';
}

/** The whole answer, as `-o json` prints it. Fields are added within a schema version, never taken away. */
export interface CheckReport {
  readonly schemaVersion: 1;
  readonly summary: { readonly services: number; readonly text: string } & Readonly<Record<Verdict, number>>;
  readonly services: readonly ServiceCheck[];
  readonly others: readonly OtherCheck[];
  /** What there is to say about the texts and the other resources. */
  readonly remarks: readonly Remark[];
}
