import { NEWEST_KNOWN } from '../../packages/formats/src/sklearn/format.ts';
import { lightgbmPart, xgboostPart } from './estimators/boosters-part.ts';
import { lightgbmProof, xgboostProof } from './estimators/boosters-proof.ts';
import { readCatalogue } from './estimators/catalogue.ts';
import { onnxPart } from './estimators/onnx-part.ts';
import { gatherProof } from './estimators/proof.ts';
import { sklearnPart } from './estimators/sklearn-part.ts';

/** docs/estimators.md, from the table of evaluators and the golden models. */
export async function estimatorsPage(): Promise<string> {
  const proofs = await gatherProof();
  return `# Estimators

What has a native evaluator, which releases' answers it is compared with, and why the rest has none. \`berth inspect FILE\` tells it of
one file; a class without an evaluator ends the load with its name ([UnsupportedModel](errors.md#unsupportedmodel)).

- [scikit-learn](#scikit-learn), by module
- [XGBoost](#xgboost)
- [LightGBM](#lightgbm)
- [ONNX](#onnx)

How to read the tables:

- **Checked with** names the releases that saved the models. Tests load each of these files and compare all that it answers with
  what that release answered: to 1e-12 where the library computes in float64 (1e-11 for the models of \`fixtures/old\`) and 1e-6 in
  float32, of the largest term summed, and to the letter for labels and text. Files of the releases between them load by the same code;
  a scikit-learn file of a release newer than ${NEWEST_KNOWN.join('.')} loads with a warning.
- **Methods compared** are those of models whose outermost class it is. A step of a pipeline is compared through the pipeline's answers.
- **Loads; not checked** means that there is an evaluator, and no model whose answers are compared yet:
  [\`berth verify\`](verify.md) compares your own.
- An option of a class that is not evaluated (a function of one's own, for example) ends the load by the option's name.

This page is made by \`npm run docs\` from the table of evaluators, the committed golden models and the sources of scikit-learn's releases.

${sklearnPart(await readCatalogue(), proofs)}

${xgboostPart(await xgboostProof(), proofs)}

${lightgbmPart(await lightgbmProof(), proofs)}

${await onnxPart()}
`;
}
