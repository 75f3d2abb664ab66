import type { ModelSpec, ProtocolVersion } from '../inference-service/types.ts';
import { nearest } from '../nearest.ts';
import { type Requirements, whyUnsuitable } from './suitability.ts';
import type { ServingRuntime } from './types.ts';

/** KServe's order of protocols, lowest first. */
export const PROTOCOL_ORDER: readonly ProtocolVersion[] = ['v1', 'v2', 'grpc-v1', 'grpc-v2'];

/** Why a runtime was not taken. */
export interface Rejection {
  readonly runtime: string;
  readonly reason: string;
}

/** The runtime a model gets, and why. */
export interface RuntimeChoice {
  readonly runtime: ServingRuntime;
  /** The protocol it was chosen for; undefined where the runtime was named and the model asks for none. */
  readonly protocol: ProtocolVersion | undefined;
  /** E.g. `chose kserve-mlserver because it serves sklearn over v2 with the highest priority, 2`. */
  readonly because: string;
  readonly rejected: readonly Rejection[];
  readonly warnings: readonly string[];
}

/** Why there is none; `reason` is a value of KServe's `lastFailureInfo.reason`. */
export interface NoRuntime {
  readonly reason: 'NoSupportingRuntime' | 'RuntimeNotRecognized' | 'RuntimeDisabled';
  readonly message: string;
  readonly rejected: readonly Rejection[];
}

export type Selection = { readonly choice: RuntimeChoice } | { readonly failure: NoRuntime };

/** What a selection needs to know besides the model. */
export interface SelectionContext {
  readonly namespace: string;
  /** Every runtime there is; those of other namespaces are left out. */
  readonly runtimes: readonly ServingRuntime[];
  readonly isMultiNode?: boolean;
}

/**
 * Picks the runtime of a model as KServe does (predictor_model.go): by name, namespace before cluster; else among those
 * that may be chosen by themselves, sorted by lowest protocol, newest, name, and then by priority.
 * Where the model names no protocol and nothing serves it over v1, the search goes on with v2, grpc-v1 and grpc-v2,
 * with a warning, since KServe would stop there.
 */
export function selectRuntime(model: ModelSpec, context: SelectionContext): Selection {
  const mine = context.runtimes.filter(
    (one) => one.kind === 'ClusterServingRuntime' || one.metadata.namespace === context.namespace,
  );
  return typeof model.runtime === 'string' ? byName(model, model.runtime, mine) : bySearch(model, mine, context);
}

function byName(model: ModelSpec, name: string, runtimes: readonly ServingRuntime[]): Selection {
  const named = runtimes.filter((one) => one.metadata.name === name);
  const runtime = named.find((one) => one.kind === 'ServingRuntime') ?? named[0];
  const fail = (reason: NoRuntime['reason'], message: string): Selection => ({
    failure: { reason, message, rejected: [] },
  });
  if (runtime === undefined) {
    const close = nearest(
      name,
      runtimes.map((one) => one.metadata.name),
    );
    const hint = close === undefined ? '' : `; did you mean "${close}"?`;
    return fail('RuntimeNotRecognized', `there is no ServingRuntime or ClusterServingRuntime "${name}"${hint}`);
  }
  if (runtime.spec.disabled === true) return fail('RuntimeDisabled', `the runtime "${name}" is disabled`);
  const protocol = model.protocolVersion ?? undefined;
  const problem = whyUnsuitable(runtime, { model, protocol, isNamed: true, isMultiNode: undefined });
  if (problem !== undefined) return fail('NoSupportingRuntime', `the runtime "${name}" can not be used: ${problem}`);
  return {
    choice: { runtime, protocol, because: `chose ${name} because the service names it`, rejected: [], warnings: [] },
  };
}

function bySearch(model: ModelSpec, runtimes: readonly ServingRuntime[], context: SelectionContext): Selection {
  const asked = model.protocolVersion ?? undefined;
  const isMultiNode = context.isMultiNode ?? false;
  for (const protocol of asked === undefined ? PROTOCOL_ORDER : [asked]) {
    const requirements: Requirements = { model, protocol, isNamed: false, isMultiNode };
    const rejected: Rejection[] = [];
    const suitable: ServingRuntime[] = [];
    for (const runtime of runtimes) {
      const reason = whyUnsuitable(runtime, requirements);
      if (reason === undefined) suitable.push(runtime);
      else rejected.push({ runtime: runtime.metadata.name, reason });
    }
    const ordered = inOrder(suitable, model.modelFormat.name);
    const [runtime, ...others] = ordered;
    if (runtime === undefined) continue;
    for (const other of others) {
      rejected.push({ runtime: other.metadata.name, reason: `${runtime.metadata.name} comes before it` });
    }
    const warnings =
      asked === undefined && protocol !== 'v1'
        ? [
            `no protocolVersion is set and no runtime serves ${describeFormat(model)} over v1; ${runtime.metadata.name} serves it over ${protocol}. KServe itself would stop with NoSupportingRuntime: set protocolVersion: ${protocol}`,
          ]
        : [];
    return { choice: { runtime, protocol, because: explain(runtime, model, protocol, others), rejected, warnings } };
  }
  return { failure: noneFound(model, runtimes, asked, isMultiNode) };
}

function noneFound(
  model: ModelSpec,
  runtimes: readonly ServingRuntime[],
  protocol: ProtocolVersion | undefined,
  isMultiNode: boolean,
): NoRuntime {
  const rejected = runtimes.map((runtime) => ({
    runtime: runtime.metadata.name,
    reason: whyUnsuitable(runtime, { model, protocol, isNamed: false, isMultiNode }) ?? 'unsuitable',
  }));
  const formats = new Set(
    runtimes.flatMap((one) => (one.spec.supportedModelFormats ?? []).map((format) => format.name)),
  );
  const name = model.modelFormat.name;
  const over = protocol === undefined ? '' : ` over ${protocol}`;
  let hint = '';
  if (!formats.has(name)) {
    const close = nearest(name, [...formats]);
    hint = close === undefined ? `. The formats are: ${[...formats].sort().join(', ')}` : `; did you mean "${close}"?`;
  } else {
    const near = rejected.filter((one) => !one.reason.startsWith('it does not serve'));
    if (near.length > 0) hint = `: ${near.map((one) => `${one.runtime}: ${one.reason}`).join('; ')}`;
  }
  return {
    reason: 'NoSupportingRuntime',
    message: `no runtime found to support ${describeFormat(model)}${over}${hint}`,
    rejected,
  };
}

function describeFormat(model: ModelSpec): string {
  const { name, version } = model.modelFormat;
  return version === undefined || version === null
    ? `model format "${name}"`
    : `model format "${name}" version "${version}"`;
}

function explain(
  runtime: ServingRuntime,
  model: ModelSpec,
  protocol: ProtocolVersion,
  others: readonly ServingRuntime[],
): string {
  const priority = priorityOf(runtime, model.modelFormat.name);
  const what = `${model.modelFormat.name} over ${protocol}`;
  const why =
    others.length === 0
      ? 'and is the only one to do so'
      : priority !== undefined
        ? `with the highest priority, ${priority}`
        : 'and comes first by protocol, age and name';
  const scope = runtime.kind === 'ServingRuntime' ? ' in the own namespace' : '';
  return `chose ${runtime.metadata.name}${scope} because it serves ${what} ${why}`;
}

/** KServe's order: those of the namespace first; within each scope by protocol, age, name, then stably by priority. */
function inOrder(runtimes: readonly ServingRuntime[], format: string): ServingRuntime[] {
  const ordered = (kind: ServingRuntime['kind']) =>
    runtimes
      .filter((one) => one.kind === kind)
      .sort(byProtocolAgeAndName)
      .sort((left, right) => comparePriority(priorityOf(left, format), priorityOf(right, format)));
  return [...ordered('ServingRuntime'), ...ordered('ClusterServingRuntime')];
}

function comparePriority(left: number | undefined, right: number | undefined): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  return right - left;
}

function byProtocolAgeAndName(left: ServingRuntime, right: ServingRuntime): number {
  const protocols = lowestProtocol(left) - lowestProtocol(right);
  if (protocols !== 0) return protocols;
  const leftAge = left.metadata.creationTimestamp ?? '';
  const rightAge = right.metadata.creationTimestamp ?? '';
  if (leftAge !== rightAge) return leftAge < rightAge ? 1 : -1;
  if (left.metadata.name === right.metadata.name) return 0;
  return left.metadata.name < right.metadata.name ? -1 : 1;
}

/** A runtime that names no protocol sorts last, as KServe's constant `Unknown` does. */
function lowestProtocol(runtime: ServingRuntime): number {
  const ranks = (runtime.spec.protocolVersions ?? []).map((one) => PROTOCOL_ORDER.indexOf(one));
  return ranks.length === 0 ? PROTOCOL_ORDER.length : Math.min(...ranks);
}

/** KServe reads the priority of the first entry with the format's name, whatever its version. */
function priorityOf(runtime: ServingRuntime, format: string): number | undefined {
  return (runtime.spec.supportedModelFormats ?? []).find((one) => one.name === format)?.priority ?? undefined;
}
