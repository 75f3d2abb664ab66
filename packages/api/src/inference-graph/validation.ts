import type { FieldPath, IssueCollector } from '../issue.ts';
import { nearest } from '../nearest.ts';
import { checkType, isObject, reportUnknownFields } from '../schema/check.ts';
import { type KindSchema, kindSchema } from '../schema/crd-schema.ts';
import { type GraphNode, type GraphStep, ROOT_NODE } from './types.ts';
import { checkWalk } from './walk.ts';

const TARGETS = ['serviceName', 'serviceUrl', 'nodeName'] as const;
/** What KServe's router reads in `data`; it takes anything else as the request. */
const DATA: readonly string[] = ['$request', '$response'];

/**
 * Checks an InferenceGraph whose metadata is sound: the structure by KServe's CRD, the rules of its webhook
 * (pkg/apis/serving/v1alpha1/inference_graph_validation.go), and what the webhook lets pass and no router can serve:
 * unknown nodes, circles, choices that can never be taken.
 */
export function validateInferenceGraph(object: Record<string, unknown>, issues: IssueCollector): void {
  const schema = kindSchema('InferenceGraph') as KindSchema;
  reportUnknownFields(object, schema.top, [], issues);
  if (!isObject(object.spec)) {
    issues.error(['spec'], 'spec is required', { hint: `add spec with nodes, one of them named ${ROOT_NODE}` });
    return;
  }
  checkType(object.spec, schema.spec, ['spec'], issues);
  if (issues.hasErrors || !isObject(object.spec.nodes)) return;
  const nodes = new Map(Object.entries(object.spec.nodes).filter(([, node]) => isObject(node))) as ReadonlyMap<
    string,
    GraphNode
  >;
  for (const [name, node] of nodes) checkNode(node, ['spec', 'nodes', name], nodes, issues);
  if (!nodes.has(ROOT_NODE)) {
    const close = nearest(ROOT_NODE, [...nodes.keys()]);
    issues.error(
      ['spec', 'nodes'],
      `root node not found: a graph needs a node named "${ROOT_NODE}", which requests enter by`,
      close === undefined ? {} : { hint: `rename "${close}"?` },
    );
  } else if (!issues.hasErrors) checkWalk(nodes, issues);
}

function checkNode(
  node: GraphNode,
  path: FieldPath,
  nodes: ReadonlyMap<string, GraphNode>,
  issues: IssueCollector,
): void {
  const steps = (node.steps ?? []).filter(isObject) as readonly GraphStep[];
  const at = [...path, 'steps'];
  if (steps.length === 0) issues.warning(path, 'the node has no steps: it can not answer');
  const names = new Set<string>();
  for (const [index, step] of steps.entries()) {
    if (issues.isFull) return;
    const { name } = step;
    if (typeof name === 'string' && name !== '') {
      if (names.has(name))
        issues.error([...at, index, 'name'], `the node has more than one step named "${short(name)}"`);
      names.add(name);
    }
    checkTarget(step, [...at, index], nodes, issues);
    checkChoice(step, node, [...at, index], index, issues);
  }
  if (node.routerType === 'Splitter') checkWeights(steps, at, issues);
}

function checkTarget(
  step: GraphStep,
  path: FieldPath,
  nodes: ReadonlyMap<string, GraphNode>,
  issues: IssueCollector,
): void {
  const set = TARGETS.filter((field) => typeof step[field] === 'string' && step[field] !== '');
  if (set.length === 0) {
    issues.error(path, 'the step names no target', { hint: `give it one of ${TARGETS.join(', ')}` });
  } else if (set.length > 1) {
    issues.error(path, `the step has ${set.join(' and ')}: it takes one target`, { hint: 'keep one of them' });
  }
  const { nodeName, serviceUrl } = step;
  if (typeof nodeName === 'string' && nodeName !== '' && !nodes.has(nodeName)) {
    const close = nearest(nodeName, [...nodes.keys()]);
    issues.error([...path, 'nodeName'], `the graph has no node "${short(nodeName)}"`, {
      hint: close === undefined ? `its nodes are ${short([...nodes.keys()].join(', '))}` : `did you mean "${close}"?`,
    });
  }
  if (typeof serviceUrl === 'string' && serviceUrl !== '' && !/^https?:\/\/[^/]/i.test(serviceUrl)) {
    issues.error([...path, 'serviceUrl'], `"${short(serviceUrl)}" is no URL of a service`, {
      hint: 'it starts with http:// or https:// and names a host',
    });
  }
}

/** What says whether and with what the step is called. */
function checkChoice(step: GraphStep, node: GraphNode, path: FieldPath, index: number, issues: IssueCollector): void {
  const { condition, data, weight } = step;
  const hasCondition = typeof condition === 'string' && condition !== '';
  if (node.routerType === 'Switch' && !hasCondition) {
    issues.error(path, 'a step of a Switch needs a condition: without one it is never taken', {
      hint: 'e.g. condition: "[@this].#(source==client)"; the first step whose condition holds is called',
    });
  }
  if (hasCondition && (node.routerType === 'Splitter' || node.routerType === 'Ensemble')) {
    issues.warning([...path, 'condition'], `a ${node.routerType} does not look at conditions`);
  }
  if (typeof weight === 'number' && node.routerType !== 'Splitter') {
    issues.warning([...path, 'weight'], `a ${node.routerType} does not look at weights`);
  }
  if (typeof data !== 'string' || data === '') return;
  if (!DATA.includes(data)) {
    issues.warning([...path, 'data'], `"${short(data)}" is taken as the request: data is one of ${DATA.join(', ')}`);
  } else if (data === '$response' && index === 0 && node.routerType === 'Sequence') {
    issues.warning([...path, 'data'], 'the first step has no response before it: it gets the request');
  }
}

function checkWeights(steps: readonly GraphStep[], path: FieldPath, issues: IssueCollector): void {
  let sum = 0;
  let isWhole = true;
  for (const [index, { weight }] of steps.entries()) {
    if (typeof weight !== 'number') {
      isWhole = false;
      issues.error([...path, index], 'a step of a Splitter needs a weight', { hint: 'e.g. weight: 20' });
    } else if (weight < 0) {
      isWhole = false;
      issues.error([...path, index, 'weight'], `a weight must be between 0 and 100, not ${weight}`);
    } else sum += weight;
  }
  if (isWhole && sum !== 100) issues.error(path, `the weights of a Splitter must sum to 100, not ${sum}`);
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
