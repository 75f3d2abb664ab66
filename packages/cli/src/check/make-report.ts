import { type Issue, type ManifestEntry, parseManifests, type Resource, servingRuntimes } from '@berth/api';
import { planWorld } from '@berth/control';
import type { CheckInput } from './judge-predictor.ts';
import { judgeService, remarkOf } from './judge-service.ts';
import {
  type CheckReport,
  type OtherCheck,
  type Remark,
  type ServiceCheck,
  VERDICTS,
  type Verdict,
} from './service-check.ts';

/** Kinds that take part in what is decided of a service. */
const USED: ReadonlySet<string> = new Set([
  'ServingRuntime',
  'ClusterServingRuntime',
  'Secret',
  'ConfigMap',
  'ServiceAccount',
  'PersistentVolumeClaim',
  'TrainedModel',
  'Namespace',
]);

/** A report, and what the reader of the texts said, for messages with source lines. */
export interface CheckResult {
  readonly report: CheckReport;
  readonly issues: readonly Issue[];
}

/**
 * Checks every InferenceService of the texts, each by itself: runtimes, Secrets and the like of all texts count for all.
 * Touches nothing but its input.
 */
export function makeReport(sources: ReadonlyMap<string, string>, options: { namespace?: string }): CheckResult {
  const issues: Issue[] = [];
  const entries: ManifestEntry[] = [];
  for (const [file, text] of sources) {
    const parsed = parseManifests(text, { ...options, file });
    // One at a time: a hostile file has more of them than a call takes arguments.
    for (const issue of parsed.issues) issues.push(issue);
    for (const entry of parsed.entries) entries.push(entry);
  }
  const remarks = loose(issues, entries).map(remarkOf);
  const resources = entries.flatMap((entry) => entry.resource ?? []);
  const world = planWorld(servingRuntimes(firstOfEach(resources, remarks)));
  const input = inputOf(resources);
  const services: ServiceCheck[] = [];
  const others: OtherCheck[] = [];
  for (const entry of entries) {
    if (entry.kind !== 'InferenceService') {
      others.push(otherOf(entry));
      for (const issue of entry.issues) if (issue.severity !== 'note') remarks.push(remarkOf(issue));
    } else if (entry.resource === undefined) services.push(refused(entry));
    else services.push(judgeService(entry.resource, entry.issues, world, input));
  }
  const report: CheckReport = { schemaVersion: 1, summary: summaryOf(services), services, others, remarks };
  return { report, issues };
}

/** What was said of a text as a whole, or of several resources together. */
function loose(issues: readonly Issue[], entries: readonly ManifestEntry[]): Issue[] {
  const owned = new Set(entries.flatMap((entry) => entry.issues));
  return issues.filter((issue) => !owned.has(issue));
}

/** Of runtimes that stand in several files, the first. */
function firstOfEach(resources: readonly Resource[], remarks: Remark[]): Resource[] {
  const seen = new Map<string, Resource>();
  for (const resource of resources) {
    if (resource.kind !== 'ServingRuntime' && resource.kind !== 'ClusterServingRuntime') continue;
    const key = `${resource.kind} ${resource.namespace} ${resource.name}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, resource);
    else {
      const message = `${resource.kind} "${resource.name}" stands in ${before.file} as well; that one is used`;
      remarks.push({ severity: 'warning', message, ...(resource.file === undefined ? {} : { file: resource.file }) });
    }
  }
  return [...seen.values()];
}

function inputOf(resources: readonly Resource[]): CheckInput {
  const byKey = new Map(resources.map((one) => [JSON.stringify([one.kind, one.namespace, one.name]), one]));
  const parents = new Map<string, number>();
  for (const { kind, namespace, object } of resources) {
    if (kind !== 'TrainedModel') continue;
    const key = JSON.stringify([namespace, (object.spec as { inferenceService?: unknown }).inferenceService]);
    parents.set(key, (parents.get(key) ?? 0) + 1);
  }
  return {
    find: (kind, namespace, name) => byKey.get(JSON.stringify([kind, namespace, name])),
    trainedModels: (namespace, service) => parents.get(JSON.stringify([namespace, service])) ?? 0,
  };
}

function refused(entry: ManifestEntry): ServiceCheck {
  const { file, position, name, namespace } = entry;
  return {
    name,
    namespace,
    ...(file === undefined ? {} : { file }),
    ...position,
    verdict: 'invalid',
    predictors: [],
    notHonoured: [],
    remarks: entry.issues.filter((one) => one.severity !== 'note').map(remarkOf),
  };
}

function otherOf({ kind, name, namespace, file, position, resource, issues }: ManifestEntry): OtherCheck {
  const isInvalid = issues.some((one) => one.severity === 'error');
  const use = isInvalid ? 'invalid' : resource === undefined ? 'left-out' : USED.has(kind) ? 'used' : 'not-served';
  return {
    kind,
    name,
    namespace: resource?.namespace ?? namespace,
    ...(file === undefined ? {} : { file }),
    ...position,
    use,
  };
}

const WORDS: Readonly<Record<Verdict, readonly [one: string, many: string]>> = {
  native: ['runs natively', 'run natively'],
  'needs-library': ['needs a Python library', 'need a Python library'],
  'needs-program': ['needs a program', 'need a program'],
  'needs-image': ['needs an image', 'need an image'],
  'cannot-run': ['cannot run here', 'cannot run here'],
  invalid: ['is invalid', 'are invalid'],
};

/** E.g. `40 services: 31 run natively, 4 need an image, 5 cannot run here`. */
export function summaryOf(services: readonly ServiceCheck[]): CheckReport['summary'] {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const one of services) counts[one.verdict]++;
  const parts = VERDICTS.filter((verdict) => counts[verdict] > 0).map(
    (verdict) => `${counts[verdict]} ${WORDS[verdict][counts[verdict] === 1 ? 0 : 1]}`,
  );
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  return { services: services.length, ...counts, text: parts.length === 0 ? count : `${count}: ${parts.join(', ')}` };
}
