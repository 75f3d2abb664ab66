/** The short page that each published package opens with. */
import { type PartPackage, SCOPE } from './names.ts';

/** Of the command, for npm and PyPI. */
export function cliReadme(): string {
  return `# Berth

Berth serves trained models. Point it at a model file, or at the InferenceService YAML that KServe takes; it answers v1, v2 REST
and v2 gRPC predictions from one process. scikit-learn, XGBoost and LightGBM files are read as data and evaluated natively: no
Python library is needed, and loading a model never runs code from it.

    berth serve ./model.joblib --name iris
    curl -d '{"instances": [[6.8, 2.8, 4.8, 1.4]]}' localhost:8080/v1/models/iris:predict

    berth inspect ./model.joblib     # what is in the file, without running it
    berth run -f isvc.yaml           # every InferenceService of a YAML, in one process
    berth up                         # a platform on this machine: gateway, Kubernetes-style API, replicas
    berth help

ONNX models need ONNX Runtime, and s3://, gs:// with credentials and Azure need their vendors' SDKs: large, so they are packages
of their own. Berth says the one command that brings what is missing.

Licence: Apache-2.0. THIRD-PARTY-LICENCES.txt has those of what is inside.
`;
}

/** Of an optional part. */
export function partReadme(part: PartPackage): string {
  return `# ${SCOPE}/${part.name}

${part.about}. Install it beside \`${SCOPE}/cli\` of the same version; there is nothing to call.

Licence: Apache-2.0.
`;
}
