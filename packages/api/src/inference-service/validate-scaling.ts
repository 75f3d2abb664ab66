import type { FieldPath, IssueCollector } from '../issue.ts';
import { quantityValue } from '../meta/quantity.ts';
import { isObject } from '../schema/check.ts';
import type { ComponentSpec } from './types.ts';

const MEBIBYTE = 1024 * 1024;

/** The annotations that decide how a service is scaled. */
export interface ScalingMode {
  readonly deploymentMode: string | undefined;
  readonly autoscalerClass: string | undefined;
}

/** Checks replicas, concurrency and autoscaling of a component, with KServe's messages (component.go, validation webhook). */
export function validateScaling(spec: ComponentSpec, path: FieldPath, mode: ScalingMode, issues: IssueCollector): void {
  const minimum = numberOf(spec.minReplicas) ?? 1;
  const maximum = numberOf(spec.maxReplicas) ?? 0;
  const at = (field: string): FieldPath => [...path, field];
  if (minimum < 0) issues.error(at('minReplicas'), "'MinReplicas' cannot be less than 0");
  if (maximum < 0) issues.error(at('maxReplicas'), "'MaxReplicas' cannot be less than 0");
  if (maximum > 0 && minimum > maximum) {
    const hint = spec.minReplicas === undefined ? { hint: 'minReplicas is 1 when it is not set' } : {};
    issues.error(at('minReplicas'), "'MinReplicas' cannot be greater than MaxReplicas", hint);
  }
  if ((numberOf(spec.containerConcurrency) ?? 0) < 0) {
    issues.error(at('containerConcurrency'), 'parallelism cannot be less than 0');
  }
  const percent = numberOf(spec.canaryTrafficPercent);
  if (percent !== undefined && (percent < 0 || percent > 100)) {
    issues.error(at('canaryTrafficPercent'), `canaryTrafficPercent must be between 0 and 100, not ${percent}`);
  }
  const isStandard = mode.deploymentMode === 'Standard' || mode.deploymentMode === 'RawDeployment';
  const isKnative = mode.deploymentMode === 'Knative' || mode.deploymentMode === 'Serverless';
  if (isStandard && mode.autoscalerClass === 'hpa') validateHpa(spec, path, issues);
  if (isStandard && mode.autoscalerClass === 'keda') validateKeda(spec, path, issues);
  if (isKnative) validateKnative(spec, path, issues);
}

function validateHpa(spec: ComponentSpec, path: FieldPath, issues: IssueCollector): void {
  const metric = typeof spec.scaleMetric === 'string' ? spec.scaleMetric : 'cpu';
  if (metric !== 'cpu' && metric !== 'memory') {
    issues.error([...path, 'scaleMetric'], `[${metric}] is not a supported metric`, {
      hint: 'an HPA scales on cpu or memory',
    });
  }
  const target = numberOf(spec.scaleTarget);
  if (target !== undefined && metric === 'cpu' && (target < 1 || target > 100)) {
    issues.error([...path, 'scaleTarget'], 'the target utilization percentage should be a [1-100] integer');
  }
  for (const { metric: one, at } of metricsOf(spec, path)) {
    if (one.type !== 'Resource') {
      const message = `invalid HPA metric source type with value [${String(one.type)}],valid metric source types are Resource`;
      issues.error([...at, 'type'], message);
    } else if (!isObject(one.resource)) {
      issues.error(at, 'metricSpec.Resource is not set for resource metric source type');
    }
  }
}

function validateKeda(spec: ComponentSpec, path: FieldPath, issues: IssueCollector): void {
  if (spec.scaleMetric !== undefined && spec.scaleMetric !== null) {
    issues.error([...path, 'scaleMetric'], 'ScaleMetric is not supported for KEDA', {
      hint: 'use autoScaling.metrics',
    });
  }
  for (const { metric, at } of metricsOf(spec, path)) {
    if (metric.type === 'Resource') validateKedaResource(metric.resource, [...at, 'resource'], issues);
    else if (metric.type === 'External') validateQuery(metric.external, [...at, 'external'], 'External', issues);
    else if (metric.type === 'PodMetric') validateQuery(metric.podmetric, [...at, 'podmetric'], 'PodMetric', issues);
  }
}

function validateKedaResource(resource: unknown, path: FieldPath, issues: IssueCollector): void {
  if (!isObject(resource)) {
    issues.error(path, 'metricSpec.Resource is not set for resource metric source type');
    return;
  }
  const target = isObject(resource.target) ? resource.target : {};
  const type = target.type;
  if (resource.name === 'cpu' && type !== 'Utilization') {
    issues.error([...path, 'target'], 'the cpu target value type should be Utilization');
  }
  if (resource.name === 'memory') {
    if (type !== 'Utilization' && type !== 'AverageValue') {
      issues.error([...path, 'target'], 'the memory target value type should be AverageValue or Utilization');
    }
    const value = target.averageValue;
    if (type === 'AverageValue' && value !== undefined && (quantityValue(String(value)) ?? 0) < MEBIBYTE) {
      issues.error([...path, 'target', 'averageValue'], 'the memory target value should be greater than 1 MiB');
    }
  }
}

function validateQuery(source: unknown, path: FieldPath, name: string, issues: IssueCollector): void {
  if (!isObject(source)) {
    const kind = name === 'External' ? 'external' : 'pod';
    issues.error(path, `metricSpec.${name} is not set for ${kind} metric source type`);
    return;
  }
  const metric = isObject(source.metric) ? source.metric : {};
  if (typeof metric.query !== 'string' || metric.query === '') {
    issues.error([...path, 'metric'], 'the query should not be empty');
  }
  const target = isObject(source.target) ? source.target : {};
  if (target.value === undefined || target.value === null) {
    issues.error([...path, 'target'], 'the target threshold value should not be empty');
  }
}

function validateKnative(spec: ComponentSpec, path: FieldPath, issues: IssueCollector): void {
  if (spec.deploymentStrategy !== undefined && spec.deploymentStrategy !== null) {
    const message = 'customizing deploymentStrategy is only supported for raw deployment mode';
    issues.error([...path, 'deploymentStrategy'], message);
  }
  const metric = typeof spec.scaleMetric === 'string' ? spec.scaleMetric : 'concurrency';
  if (metric === 'rps' && (numberOf(spec.scaleTarget) ?? 1) < 1) {
    issues.error([...path, 'scaleTarget'], 'the target for rps should be greater than 1');
  }
}

function metricsOf(spec: ComponentSpec, path: FieldPath): { metric: Record<string, unknown>; at: FieldPath }[] {
  const autoScaling = spec.autoScaling;
  if (!isObject(autoScaling) || !Array.isArray(autoScaling.metrics)) return [];
  return autoScaling.metrics
    .map((metric, index) => ({ metric, at: [...path, 'autoScaling', 'metrics', index] }))
    .filter((entry) => isObject(entry.metric));
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
