import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseManifests } from '../manifest/parse-manifests.ts';

const graph = (nodes: string) => `apiVersion: serving.kserve.io/v1alpha1
kind: InferenceGraph
metadata: {name: g}
spec:
  nodes:
${nodes}`;
const root = (type: string, ...steps: string[]) =>
  `    root:\n      routerType: ${type}\n      steps:\n${steps.map((step) => `      - {${step}}\n`).join('')}`;
const S = 'serviceName: s';

/** Nodes, and what is said of them: severity, line, column, path, text. */
const CASES: readonly (readonly [string, string, ...(readonly [string, string, RegExp])[]])[] = [
  // KServe's samples and the graphs of its end-to-end tests.
  ['an ensemble', root('Ensemble', 'serviceName: sklearn-iris, name: a', 'serviceName: xgboost-iris, name: b')],
  ['a sequence', root('Sequence', S, `${S}, data: $request`)],
  ['a sequence of responses', root('Sequence', S, `${S}, data: $response, mapPredictionsToInstances: true`)],
  ['a splitter', root('Splitter', `${S}, weight: 20`, `${S}, weight: 80`)],
  [
    'a switch on URLs with placeholders',
    root(
      'Switch',
      `serviceUrl: 'http://single-1.default.{$your-domain}/switch', condition: '[@this].#(source==client)'`,
    ),
  ],
  [
    'a hard step that leads to a node',
    `${root('Sequence', 'name: a, nodeName: next, dependency: Hard', `name: b, ${S}, dependency: Soft`)}    next: {routerType: Switch, steps: [{${S}, condition: 'a'}]}\n`,
  ],
  [
    'a node that two steps lead to',
    `${root('Ensemble', 'nodeName: next', 'nodeName: next')}    next: {routerType: Sequence, steps: [{${S}}]}\n`,
  ],
  // What KServe's webhook and CRD refuse.
  ['no root', '    rot: {routerType: Sequence, steps: [{serviceName: s}]}\n', ['error', '6:5', /root node not found/]],
  ['no nodes', '    {}\n', ['error', '6:5', /root node not found/]],
  ['a router of no kind', root('Sequnce', S), ['error', '7:19', /not one of Sequence, Splitter, Ensemble, Switch/]],
  ['no router type', '    root: {steps: []}\n', ['error', '6:5', /routerType is required/]],
  [
    'two steps of a name',
    root('Sequence', `name: a, ${S}`, `name: a, ${S}`),
    ['error', '10:16', /more than one step named "a"/],
  ],
  ['a step to nowhere', root('Sequence', 'name: a'), ['error', '9:9', /names no target/]],
  ['an empty target', root('Sequence', "serviceName: ''"), ['error', '9:9', /names no target/]],
  [
    'a step with two targets',
    root('Sequence', `${S}, serviceUrl: "http://h/"`),
    ['error', '9:9', /serviceName and serviceUrl/],
  ],
  ['weights of 90', root('Splitter', `${S}, weight: 40`, `${S}, weight: 50`), ['error', '9:7', /sum to 100, not 90/]],
  ['a weight left out', root('Splitter', `${S}, weight: 100`, S), ['error', '10:9', /needs a weight/]],
  [
    'a negative weight',
    root('Splitter', `${S}, weight: -20`, `${S}, weight: 120`),
    ['error', '9:34', /between 0 and 100/],
  ],
  ['half a weight', root('Splitter', `${S}, weight: 99.5`), ['error', '9:34', /whole number/]],
  ['a dependency of no kind', root('Sequence', `${S}, dependency: hard`), ['error', '9:38', /not one of Soft, Hard/]],
  // What they let pass and no router can serve.
  ['an unknown node', root('Sequence', 'nodeName: rooot'), ['error', '9:20', /no node "rooot"/]],
  ['a circle', root('Sequence', 'nodeName: root'), ['error', '9:20', /circle: root → root/]],
  [
    'a long circle',
    `${root('Sequence', S, 'nodeName: a')}    a: {routerType: Sequence, steps: [{nodeName: b}]}\n    b: {routerType: Sequence, steps: [{nodeName: a}]}\n`,
    ['error', '12:50', /circle: a → b → a/],
  ],
  [
    'a node that nothing leads to',
    `${root('Sequence', S)}    b: {routerType: Sequence, steps: [{${S}}]}\n`,
    ['warning', '10:5', /no step leads to the node "b"/],
  ],
  ['a switch without a condition', root('Switch', S), ['error', '9:9', /needs a condition/]],
  [
    'a URL of no service',
    root('Sequence', 'serviceUrl: "file:///etc/passwd"'),
    ['error', '9:22', /no URL of a service/],
  ],
  ['no steps', '    root: {routerType: Sequence}\n', ['warning', '6:11', /no steps/]],
  [
    'data that is not read',
    root('Sequence', S, `${S}, data: $response.predictions`),
    ['warning', '10:32', /taken as the request/],
  ],
  [
    'a response before the first step',
    root('Sequence', `${S}, data: $response`),
    ['warning', '9:32', /no response before it/],
  ],
  ['a weight in a sequence', root('Sequence', `${S}, weight: 5`), ['warning', '9:34', /does not look at weights/]],
  [
    'a condition in a splitter',
    root('Splitter', `${S}, weight: 100, condition: 'a'`),
    ['warning', '9:50', /does not look at conditions/],
  ],
];

/** All but the note that graphs are not served yet. */
const told = (text: string) => parseManifests(text).issues.filter(({ severity }) => severity !== 'note');

describe('an InferenceGraph', () => {
  for (const [what, nodes, ...wanted] of CASES) {
    test(`with ${what}`, () => {
      const issues = told(graph(nodes));
      const said = issues.map(({ severity, line, column }) => [severity, `${line}:${column}`]);
      assert.deepEqual(
        said,
        wanted.map(([severity, place]) => [severity, place]),
        JSON.stringify(issues),
      );
      for (const [index, [, , text]] of wanted.entries()) assert.match(issues[index]?.message ?? '', text);
    });
  }

  test('a graph may be deep: a chain of a thousand nodes is walked', () => {
    const step = (to: string) => ({ routerType: 'Sequence', steps: [{ nodeName: to }] });
    const chain = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`n${index}`, step(`n${index + 1}`)]));
    const nodes = {
      root: step('n0'),
      ...chain,
      n1000: { routerType: 'Sequence', steps: [{ serviceName: 's' }] },
    };
    const object = {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'InferenceGraph',
      metadata: { name: 'g' },
      spec: { nodes },
    };
    assert.deepEqual(told(JSON.stringify(object)), []);
  });
});
