/**
 * What the committed answers of the libraries prove, class by class: every golden model is read, and each class that is
 * built for it counts. Nothing here is written by hand, so that a class whose cases go loses its claim.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readPickleFile } from '../../../packages/formats/src/joblib/read.ts';
import { PyObject } from '../../../packages/formats/src/pickle/values.ts';
import { buildEstimator } from '../../../packages/formats/src/sklearn/build.ts';
import type { EstimatorClass } from '../../../packages/formats/src/sklearn/estimator.ts';
import { type ClassTable, everyClass } from '../../../packages/formats/src/sklearn/registry.ts';
import { publicModule } from './catalogue.ts';

const SKLEARN = join(import.meta.dirname, '../../../packages/formats/src/sklearn');

/** What is proved of one class. */
export interface Proof {
  /** Releases of its library that saved a model with it, as the golden files name them. */
  readonly versions: Set<string>;
  /** Models that are one of it, and models that hold one inside. */
  own: number;
  inside: number;
  /** Methods whose answers are compared where the model is one of it. */
  readonly methods: Set<string>;
  /** Largest tolerance that a case of its own states; undefined where all hold the general one. */
  loosest: number | undefined;
}

/** A saved model with what its library answered. */
interface Case {
  readonly model: Uint8Array;
  /** Releases by library; under `lightgbm`, whose own stands nowhere in the files, scikit-learn's beside it. */
  readonly versions: ReadonlyMap<string, string>;
  readonly methods: readonly string[];
  readonly tolerance?: number;
}

/** Proof by `public module.name`, of every class that has an evaluator. */
export async function gatherProof(): Promise<ReadonlyMap<string, Proof>> {
  const proofs = new Map<string, Proof>();
  const classes = await everyClass();
  for (const [path, entry] of classes) proofs.set(publicPath(path, entry), noProof());
  for await (const one of cases()) note(one, classes, proofs);
  return proofs;
}

function noProof(): Proof {
  return { versions: new Set(), own: 0, inside: 0, methods: new Set(), loosest: undefined };
}

function publicPath(path: string, { name }: EstimatorClass): string {
  return `${publicModule(path.slice(0, -name.length - 1))}.${name}`;
}

/** Builds the case's model and notes each class that was built for it once. */
function note(one: Case, classes: ClassTable, proofs: Map<string, Proof>): void {
  const built = new Set<string>();
  const watched = new Map(
    [...classes].map(([path, entry]): [string, EstimatorClass] => [
      path,
      {
        ...entry,
        build: (object, context) => {
          built.add(publicPath(path, entry));
          return entry.build(object, context);
        },
      },
    ]),
  );
  const root = readPickleFile(one.model);
  const { estimator } = buildEstimator(root, watched);
  const rootEntry = root instanceof PyObject ? classes.get(root.type.path) : undefined;
  const rootPath = root instanceof PyObject && rootEntry ? publicPath(root.type.path, rootEntry) : undefined;
  for (const path of built) {
    const proof = proofs.get(path) as Proof;
    const version = one.versions.get(path.split('.')[0]);
    if (version !== undefined) proof.versions.add(version);
    if (path !== rootPath) {
      proof.inside += 1;
      continue;
    }
    proof.own += 1;
    for (const method of one.methods) {
      // Golden tests pass over this one where the evaluator has none.
      if (method !== 'score_samples' || 'scoreSamples' in estimator) proof.methods.add(method);
    }
    if (one.tolerance !== undefined) proof.loosest = Math.max(proof.loosest ?? 0, one.tolerance);
  }
}

async function* cases(): AsyncGenerator<Case> {
  const paths = (await readdir(SKLEARN, { recursive: true })).sort();
  for (const path of paths) {
    const folder = basename(dirname(path));
    if (folder === 'golden' && path.endsWith('.json')) yield* goldenCases(path);
    if (dirname(dirname(path)) === join('fixtures', 'old') && basename(path) === 'case.json') yield await oldCase(path);
  }
}

/** Cases of one file that `tools/golden/sklearn` made. Files of other libraries' classes are named after their release. */
async function* goldenCases(path: string): AsyncGenerator<Case> {
  const file = JSON.parse(await readFile(join(SKLEARN, path), 'utf8')) as {
    version: string;
    cases: { model: string; outputs: Record<string, unknown>; namesOut?: unknown; tolerance?: number }[];
  };
  const named = /[\d.]+(?=\.json$)/.exec(path)?.[0] ?? '';
  const other = path.startsWith('boosters') ? 'xgboost' : 'imblearn';
  const versions = new Map([
    ['sklearn', file.version],
    ['lightgbm', file.version],
    [other, named],
  ]);
  for (const { model, outputs, namesOut, tolerance } of file.cases) {
    yield {
      model: Buffer.from(model, 'base64'),
      versions,
      methods: [...Object.keys(outputs), ...(namesOut === undefined ? [] : ['get_feature_names_out'])],
      ...(tolerance === undefined ? {} : { tolerance }),
    };
  }
}

const OLD_ANSWERS = new Map([
  ['expected', 'predict'],
  ['expected_proba', 'predict_proba'],
  ['expected_decision', 'decision_function'],
  ['expected_transform', 'transform'],
]);

async function oldCase(path: string): Promise<Case> {
  const golden = JSON.parse(await readFile(join(SKLEARN, path), 'utf8')) as Record<string, string>;
  return {
    model: await readFile(join(SKLEARN, dirname(path), golden.file)),
    versions: new Map([['sklearn', golden.library_version]]),
    methods: [...OLD_ANSWERS].filter(([key]) => key in golden).map(([, method]) => method),
  };
}
