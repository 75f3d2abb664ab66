import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Issue } from '../issue.ts';
import { parseManifests } from './parse-manifests.ts';
import { inferenceServices } from './resource.ts';

/** An InferenceService with these lines under `model`, so that line 10 is the first of them. */
function service(...lines: string[]): string {
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris
spec:
  predictor:
    model:
      modelFormat:
        name: sklearn
${lines.map((line) => `      ${line}\n`).join('')}`;
}

function issuesOf(text: string, strict = false): readonly Issue[] {
  return parseManifests(text, { file: 'isvc.yaml', strict }).issues;
}

function only(text: string, strict = false): Issue {
  const issues = issuesOf(text, strict);
  assert.equal(issues.length, 1, JSON.stringify(issues));
  return issues[0] as Issue;
}

const URI = 'storageUri: file:///models/iris';

describe('a sound file', () => {
  test('gives its resources as they were written', () => {
    const { resources, issues } = parseManifests(service(URI));
    assert.deepEqual(issues, []);
    assert.deepEqual(resources[0]?.object.spec, {
      predictor: { model: { modelFormat: { name: 'sklearn' }, storageUri: 'file:///models/iris' } },
    });
    assert.equal(inferenceServices(resources)[0]?.metadata.namespace, 'default');
  });

  test('may hold several documents, empty ones, a List and JSON', () => {
    const list = `---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n---\n`;
    const json = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { k: 'v' } });
    const { resources, issues } = parseManifests(`${list}${json}\n---\n${service(URI)}`);
    assert.deepEqual(
      resources.map((one) => one.kind),
      ['Namespace', 'ConfigMap', 'InferenceService'],
    );
    assert.ok(issues.every((issue) => issue.severity === 'note'));
  });

  test('may come from kubectl get -o yaml', () => {
    const text = `${service(URI)}status:\n  url: http://x\n`.replace(
      'name: iris\n',
      'name: iris\n  uid: 1b2\n  resourceVersion: "7"\n  generation: 2\n  managedFields: []\n  creationTimestamp: 2026-01-01T00:00:00Z\n',
    );
    assert.deepEqual(issuesOf(text), []);
  });

  test('may use anchors and merge keys', () => {
    const text = service('<<: &more {storageUri: /m}', 'args: &a [--nthread=2]', 'env: []');
    assert.deepEqual(issuesOf(text), []);
  });
});

describe('a field that nothing reads', () => {
  test('is a warning with its position, and an error under strict validation', () => {
    const issue = only(service(URI, 'colour: red'));
    assert.deepEqual(
      [issue.severity, issue.file, issue.line, issue.column, issue.path],
      ['warning', 'isvc.yaml', 11, 7, 'spec.predictor.model.colour'],
    );
    assert.equal(only(service(URI, 'colour: red'), true).severity, 'error');
  });

  test('is an error where it is a near-miss of one that is missing', () => {
    const issue = only(service('storageURI: file:///models/iris'));
    assert.equal(issue.severity, 'error');
    assert.match(issue.hint ?? '', /storageUri/);
    assert.equal(only(service(URI, 'protocolVersoin: v2')).severity, 'error');
  });

  test('is a warning where the field it is close to is there', () => {
    assert.equal(only(service(URI, 'storageUrl: x')).severity, 'warning');
  });

  test('is found deep inside a pod', () => {
    const text = `${service(URI)}    tolerations:\n    - key: a\n      oprator: Exists\n`;
    assert.equal(only(text).path, 'spec.predictor.tolerations[0].oprator');
  });

  test('is always an error directly under spec', () => {
    const issue = only(`${service(URI)}  preprocessor: {}\n`);
    assert.equal(issue.severity, 'error');
    assert.match(issue.hint ?? '', /transformer/);
    assert.match(only(`${service(URI)}  minReplicas: 1\n`).hint ?? '', /spec\.predictor/);
  });
});

describe('always errors', () => {
  const cases: [string, string, RegExp][] = [
    ['a key that stands twice', service(URI, 'storageUri: /other'), /stands twice; the first is on line 10/],
    ['an unquoted version', service(URI, 'runtimeVersion: 1.10'), /must be a string, not the number 1\.10/],
    ['a number as an env value', service(URI, 'env: [{name: A, value: 1}]'), /env\[0\]\.value must be a string/],
    ['yes as an env value', service(URI, 'env: [{name: A, value: yes}]'), /must be a string, not the boolean yes/],
    ['text for a number', service(URI, 'ports: [{containerPort: "8080"}]'), /must be a whole number|must be a number/],
    ['text for a list', service(URI, 'args: --nthread=2'), /args must be a list/],
    ['a quantity that is none', service(URI, 'resources: {limits: {memory: 2 gigs}}'), /is not a quantity/],
    [
      'a request above its limit',
      service(URI, 'resources: {limits: {cpu: 500m}, requests: {cpu: 1}}'),
      /must not be above/,
    ],
    [
      'an env variable that is not allowed',
      service(URI, 'env: [{name: PYTHONPATH, value: x}]'),
      /PYTHONPATH is not allowed/,
    ],
    [
      'two implementations',
      `${service(URI)}    sklearn: {storageUri: x}\n`,
      /exactly one of \[Name, SKLearn, .*in PredictorSpec/,
    ],
    ['a name under a framework', service(URI, 'name: x'), /the 'name' field is not allowed in standard predictor/],
    ['a protocol that is none', service(URI, 'protocolVersion: v3'), /invalid protocol v3\. Must be one of/],
    [
      'a service name with capitals',
      service(URI).replace('name: iris', 'name: Iris'),
      /the InferenceService "Iris" is invalid/,
    ],
    ['a name of 64 letters', service(URI).replace('name: iris', `name: ${'a'.repeat(64)}`), /is invalid/],
    [
      'a label value with a blank',
      service(URI).replace('name: iris', 'name: iris\n  labels: {a: "b c"}'),
      /no valid label value/,
    ],
    [
      'an annotation that is no text',
      service(URI).replace('name: iris', 'name: iris\n  annotations: {a: true}'),
      /must be a string/,
    ],
    [
      'replicas upside down',
      `${service(URI)}    minReplicas: 3\n    maxReplicas: 2\n`,
      /'MinReplicas' cannot be greater than MaxReplicas/,
    ],
    [
      'an autoscaler that is none',
      service(URI).replace('name: iris', 'name: iris\n  annotations: {serving.kserve.io/autoscalerClass: kpa}'),
      /\[kpa\] is not a supported autoscaler class type/,
    ],
    [
      'a kind that is nearly one',
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceSevice\nmetadata: {name: a}\n',
      /is not known/,
    ],
    ['a version that is none', service(URI).replace('v1beta1', 'v1'), /has no version/],
    ['a document that is a list', '- a\n- b\n', /must be an object/],
    ['broken YAML', 'a: [1, 2\nb: 3', /not valid YAML/],
    ['a template that was not filled in', 'apiVersion: {{ .Values.api }}\n', /template/],
    [
      'a missing predictor',
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: {}\n',
      /predictor is required/,
    ],
  ];
  for (const [name, text, message] of cases) {
    test(name, () => {
      const errors = issuesOf(text).filter((issue) => issue.severity === 'error');
      assert.ok(errors.length > 0, 'no error');
      assert.ok(
        errors.some((issue) => message.test(issue.message)),
        JSON.stringify(errors),
      );
      assert.ok(
        errors.every((issue) => issue.line !== undefined),
        'an error without a position',
      );
      assert.deepEqual(parseManifests(text).resources, []);
    });
  }

  test('the hint for an unquoted version shows the quotes', () => {
    assert.equal(only(service(URI, 'runtimeVersion: 1.10')).hint, 'quote it: runtimeVersion: "1.10"');
  });

  test('the same service twice, but not in another namespace', () => {
    assert.match(only(`${service(URI)}---\n${service(URI)}`).message, /stands twice/);
    const other = service(URI).replace('name: iris', 'name: iris\n  namespace: other');
    assert.deepEqual(issuesOf(`${service(URI)}---\n${other}`), []);
  });

  test('two runtimes with one priority for one format', () => {
    const runtime = (name: string) => `apiVersion: serving.kserve.io/v1alpha1
kind: ClusterServingRuntime
metadata: {name: ${name}}
spec:
  supportedModelFormats: [{name: sklearn, version: "1", autoSelect: true, priority: 5}]
  protocolVersions: [v1]
  containers: [{name: kserve-container, image: a}]
`;
    assert.match(
      only(`${runtime('a')}---\n${runtime('b')}`).message,
      /same priority assigned for the model format sklearn/,
    );
  });
});

describe('keys that look meant for KServe', () => {
  const annotated = (key: string) => service(URI).replace('name: iris', `name: iris\n  annotations:\n    ${key}: "x"`);
  const cases: [string, string | undefined][] = [
    ['serving.kserve.org/deploymentMode', 'serving.kserve.io/deploymentMode'],
    ['serving.kubeflow.org/stop', 'serving.kserve.io/stop'],
    ['serving.kserve.io/autoscalerclass', 'serving.kserve.io/autoscalerClass'],
    ['autoscaling.knative.dev/minscale', 'autoscaling.knative.dev/min'],
    ['serving.kserve.io/s3-endpoint', undefined],
    ['deploymentMode', 'serving.kserve.io/deploymentMode'],
  ];
  for (const [key, meant] of cases) {
    test(key, () => {
      const issue = issuesOf(annotated(key)).find((one) => one.severity === 'warning') as Issue;
      assert.match(issue.message, /is not read/);
      if (meant !== undefined) assert.ok(issue.hint?.includes(meant), issue.hint);
      assert.equal(issue.line, 6);
    });
  }
  for (const key of [
    'example.com/owner',
    'kubectl.kubernetes.io/last-applied-configuration',
    'owner',
    'sidecar.istio.io/inject',
  ]) {
    test(`${key} is the user's own`, () => assert.deepEqual(issuesOf(annotated(key)), []));
  }

  const secret = (key: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {${key}: hidden-value}\n`;
  test('a Secret key that no storage reads, without its value', () => {
    const issue = issuesOf(secret('AWS_ACCES_KEY_ID')).find((one) => one.severity === 'error') as Issue;
    assert.match(issue.hint ?? '', /AWS_ACCESS_KEY_ID/);
    assert.equal(issuesOf(secret('password'))[0]?.severity, 'warning');
    assert.ok(!JSON.stringify(issuesOf(secret('password'))).includes('hidden-value'));
  });
  test('a Secret that a container uses has keys of its own', () => {
    const uses = service(URI, 'env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: password}}}]');
    assert.ok(issuesOf(`${secret('password')}---\n${uses}`).every((issue) => issue.severity === 'note'));
  });
});
