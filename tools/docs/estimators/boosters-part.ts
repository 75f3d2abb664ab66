import { OBJECTIVE_NAMES as LIGHTGBM_OBJECTIVES } from '../../../packages/formats/src/lightgbm/objective.ts';
import { OBJECTIVE_NAMES as XGBOOST_OBJECTIVES } from '../../../packages/formats/src/xgboost/objective.ts';
import type { GoldenBooster } from './boosters-proof.ts';
import type { Proof } from './proof.ts';
import { proofCells } from './sklearn-part.ts';
import { code, table } from './table.ts';
import { fullList, minorList } from './versions.ts';

type Proofs = ReadonlyMap<string, Proof>;

/** XGBoost's objectives, boosters and pickled classes. */
export function xgboostPart(boosters: readonly GoldenBooster[], proofs: Proofs): string {
  return `## XGBoost

Files of the Booster itself: JSON, UBJSON and the old binary format. \`predict\`, the margins and a part of the rounds of ${boosters.length}
models are compared, to 1e-6 of the value, with what XGBoost ${fullList(boosters.map((one) => one.version))} answered.
An objective of one's own is no part of a file, so one that is not in this table is refused by name.

${objectives(XGBOOST_OBJECTIVES, boosters)}

${kinds('Booster', boosters)}

Pickled, alone or as a step of a scikit-learn pipeline:

${pickled('xgboost.', proofs, 'Checked with')}`;
}

/** LightGBM's objectives, boosting kinds and pickled classes. */
export function lightgbmPart(boosters: readonly GoldenBooster[], proofs: Proofs): string {
  return `## LightGBM

Text models, as \`save_model\` writes them. \`predict\`, the raw sums and a part of the rounds of ${boosters.length} models are compared with what
LightGBM ${fullList(boosters.map((one) => one.version))} answered. \`custom\` is a model whose file names no objective.

${objectives(LIGHTGBM_OBJECTIVES, boosters)}

${kinds('Boosting', boosters)}

Pickled, alone or as a step of a scikit-learn pipeline. Such a file does not tell LightGBM's release, so that here scikit-learn's
beside it stands:

${pickled('lightgbm.', proofs, 'Checked beside scikit-learn')}`;
}

function objectives(names: readonly string[], boosters: readonly GoldenBooster[]): string {
  const rows = names.map((name) => {
    const found = boosters.filter((one) => one.objective === name);
    if (found.length === 0) return [code([name]), '–', '–', 'Loads; not checked'];
    return [
      code([name]),
      minorList(versionsOf(found)),
      kindsOf(found),
      `${found.length} ${found.length === 1 ? 'model' : 'models'}`,
    ];
  });
  return table(['Objective', 'Checked with', 'Kinds', 'How'], rows);
}

function kinds(title: string, boosters: readonly GoldenBooster[]): string {
  const names = [...new Set(boosters.map((one) => one.kind))].sort();
  const rows = names.map((name) => {
    const found = boosters.filter((one) => one.kind === name);
    const encodings = [...new Set(found.map((one) => one.encoding))].sort();
    return [code([name]), minorList(versionsOf(found)), encodings.join(', '), `${found.length} models`];
  });
  return table([title, 'Checked with', 'File formats', 'How'], rows);
}

function pickled(prefix: string, proofs: Proofs, column: string): string {
  const rows = [...proofs]
    .filter(([path]) => path.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, proof]) => [path, ...proofCells(proof)]);
  return table(['Class', column, 'Methods compared', 'How'], rows);
}

function versionsOf(boosters: readonly GoldenBooster[]): string[] {
  return boosters.map((one) => one.version);
}

function kindsOf(boosters: readonly GoldenBooster[]): string {
  return code([...new Set(boosters.map((one) => one.kind))].sort());
}
