/** An InferenceService that serves a folder. */
export function iris(
  model: string,
  name = 'iris',
  more: { readonly label?: string; readonly predictor?: string } = {},
): string {
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: ${name}
  labels:
    team: ${more.label ?? 'one'}
spec:
  predictor:
${more.predictor ?? ''}    model:
      modelFormat:
        name: sklearn
      storageUri: file://${model}
`;
}

export const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  labels: {team: one}
data:
  first: "1"
  second: "2"
`;

export const ACCOUNT = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: reader
secrets:
  - name: first
---
apiVersion: v1
kind: Secret
metadata:
  name: first
type: Opaque
stringData:
  AWS_ACCESS_KEY_ID: someone
  AWS_SECRET_ACCESS_KEY: planted-value
`;

export const RUNTIME = `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata:
  name: own
spec:
  supportedModelFormats:
    - name: own-format
      version: "1"
      autoSelect: true
  containers:
    - name: kserve-container
      image: example.com/own:1
      command: [serve]
      args: ["--model={{.Name}}"]
`;

export const TRAINED_MODEL = `apiVersion: serving.kserve.io/v1alpha1
kind: TrainedModel
metadata:
  name: one-of-many
spec:
  inferenceService: iris
  model:
    framework: sklearn
    storageUri: file:///nowhere
    memory: 100Mi
`;

export const GRAPH = `apiVersion: serving.kserve.io/v1alpha1
kind: InferenceGraph
metadata:
  name: chain
spec:
  nodes:
    root:
      routerType: Sequence
      steps:
        - serviceName: iris
`;
