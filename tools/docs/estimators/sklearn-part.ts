import { type Catalogue, type CatalogueEntry, publicModule } from './catalogue.ts';
import type { Proof } from './proof.ts';
import { WHY_NOT } from './reasons.ts';
import { code, table } from './table.ts';
import { fullList, minorList } from './versions.ts';

const METHODS = [
  ...['predict', 'predict_proba', 'predict_log_proba', 'decision_function', 'score_samples', 'transform'],
  'get_feature_names_out',
];

type Proofs = ReadonlyMap<string, Proof>;

/** The tables of scikit-learn's estimators, one for each module. */
export function sklearnPart({ releases, estimators }: Catalogue, proofs: Proofs): string {
  const modules = [...new Set(estimators.map(({ module }) => module))].sort();
  const supported = estimators.filter((entry) => proofs.has(pathOf(entry)));
  const checked = supported.filter((entry) => isChecked(proofs.get(pathOf(entry)) as Proof));
  const versions = fullList(
    [...proofs].filter(([path]) => path.startsWith('sklearn.')).flatMap(([, p]) => [...p.versions]),
  );
  return `## scikit-learn

scikit-learn ${releases[0]} to ${releases.at(-1)} have ${estimators.length} public estimators. ${supported.length} of them have a native evaluator, and the answers
of ${checked.length} of those are compared with the library's own. The models that they are compared on were saved by scikit-learn
${versions}; the tables name the minor release.

${modules.map((module) => moduleTable(module, estimators, proofs, releases)).join('\n\n')}

${otherNames(estimators, proofs)}`;
}

function moduleTable(
  module: string,
  estimators: readonly CatalogueEntry[],
  proofs: Proofs,
  releases: readonly string[],
): string {
  const rows = estimators.filter((entry) => entry.module === module).map((entry) => rowOf(entry, proofs, releases));
  return `### ${module}\n\n${table(['Estimator', 'Checked with', 'Methods compared', 'How, or why not'], rows)}`;
}

function rowOf(entry: CatalogueEntry, proofs: Proofs, releases: readonly string[]): string[] {
  const proof = proofs.get(pathOf(entry));
  const name = `${entry.name}${lifeOf(entry, releases)}`;
  if (proof === undefined) return [name, '–', '–', `No: ${WHY_NOT.get(pathOf(entry))}`];
  return [name, ...proofCells(proof)];
}

/** When a class came and went, for one that is not in every release. */
function lifeOf({ since, until }: CatalogueEntry, releases: readonly string[]): string {
  if (until !== releases.at(-1)) return ` (until ${until})`;
  return since === releases[0] ? '' : ` (from ${since})`;
}

/** Releases, methods and number of models. */
export function proofCells(proof: Proof): string[] {
  if (!isChecked(proof)) return ['–', '–', 'Loads; not checked'];
  const methods = METHODS.filter((method) => proof.methods.has(method));
  return [minorList(proof.versions) || '–', code(methods) || '–', counts(proof)];
}

function counts({ own, inside, loosest }: Proof): string {
  const tolerance = loosest === undefined ? '' : `, some to ${loosest.toExponential()} only`;
  if (own === 0) return `Inside ${models(inside)} of other classes`;
  return `${models(own)}${inside === 0 ? '' : `, and inside ${inside} ${inside === 1 ? 'other' : 'others'}`}${tolerance}`;
}

function models(count: number): string {
  return count === 1 ? '1 model' : `${count} models`;
}

function isChecked({ own, inside }: Proof): boolean {
  return own + inside > 0;
}

/** What is read beside the releases' public names: modules of old releases, and a pipeline of another library. */
function otherNames(estimators: readonly CatalogueEntry[], proofs: Proofs): string {
  const known = new Set(estimators.map(pathOf));
  const rows = [...proofs]
    .filter(([path]) => /^(sklearn|imblearn)\./.test(path) && !known.has(path) && !path.includes('._'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, proof]) => [path, ...proofCells(proof)]);
  return `### Other names

Modules of scikit-learn before 0.20, and imbalanced-learn's pipeline (its samplers do nothing when it answers). They are read
by the code of the class that has the name today.

${table(['Estimator', 'Checked with', 'Methods compared', 'How'], rows)}`;
}

function pathOf({ module, name }: CatalogueEntry): string {
  return `${publicModule(module)}.${name}`;
}
