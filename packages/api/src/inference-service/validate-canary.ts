import type { IssueCollector } from '../issue.ts';
import { isObject } from '../schema/check.ts';
import { implementationsOf } from './components.ts';
import type { InferenceService } from './types.ts';

/** What a canary may not set, with KServe's reason. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['workerSpec', '(multi-node is not yet supported for canary)'],
  ['maxReplicas', '(canary uses fixed replicas)'],
  ['scaleTarget', '(canary uses fixed replicas)'],
  ['scaleMetric', '(canary uses fixed replicas)'],
  ['autoScaling', '(canary uses fixed replicas)'],
];

/** Checks `spec.canary` with KServe's messages (validateCanarySpecs). */
export function validateCanaries(
  isvc: InferenceService,
  deploymentMode: string | undefined,
  issues: IssueCollector,
): void {
  const canaries = isvc.spec.canary;
  if (!Array.isArray(canaries) || canaries.length === 0) return;
  const path = ['spec', 'canary'];
  if (deploymentMode !== undefined && deploymentMode !== 'Standard' && deploymentMode !== 'RawDeployment') {
    issues.error(path, 'canary is only supported in Standard deployment mode');
  }
  const stable = isvc.spec.predictor;
  const names = new Set<string>();
  let total = 0;
  for (const [index, canary] of canaries.entries()) {
    if (!isObject(canary) || !isObject(canary.predictor)) continue;
    const at = [...path, index, 'predictor'];
    const name = canary.predictor.name;
    if (typeof name !== 'string' || name === '') {
      issues.error(at, `canary[${index}] predictor.name is required`);
      continue;
    }
    if (names.has(name)) issues.error([...at, 'name'], `canary predictor.name "${name}" is duplicated`);
    if (name === stable.name) {
      issues.error([...at, 'name'], `canary predictor.name "${name}" conflicts with stable predictor name`);
    }
    names.add(name);
    if (implementationsOf(canary.predictor).length > 1) {
      issues.error(at, `canary "${name}" predictor has more than one implementation; keep one`);
    }
    for (const [field, reason] of FORBIDDEN) {
      const value = canary.predictor[field];
      if (value !== undefined && value !== null && value !== 0) {
        issues.error([...at, field], `canary "${name}" must not set ${field} ${reason}`);
      }
    }
    const minimum = canary.predictor.minReplicas;
    const stableMinimum = stable.minReplicas ?? 1;
    if (typeof minimum === 'number' && minimum > stableMinimum) {
      const message = `canary "${name}" minReplicas (${minimum}) must not exceed stable predictor minReplicas (${stableMinimum})`;
      issues.error([...at, 'minReplicas'], message);
    }
    const percent = canary.trafficPercent;
    if (typeof percent !== 'number') continue;
    total += percent;
    if (percent < 0 || percent > 100) {
      const message = `canary "${name}" trafficPercent must be between 0 and 100, got ${percent}`;
      issues.error([...path, index, 'trafficPercent'], message);
    }
  }
  if (total > 100) issues.error(path, `sum of canary trafficPercent values (${total}) must be <= 100`);
}
