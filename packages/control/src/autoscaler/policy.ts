import { isObject, type PredictorSpec } from '@berth/api';
import { durationMs } from '../plan/annotations.ts';
import type { ScalingPolicy } from './types.ts';

/** Knative's config-autoscaler, where nothing else is said. */
const DEFAULTS: ScalingPolicy = {
  class: 'kpa',
  metric: 'concurrency',
  target: 100,
  targetUtilization: 0.7,
  containerConcurrency: 0,
  minScale: 1,
  maxScale: 0,
  initialScale: 1,
  activationScale: 1,
  stableWindowMs: 60_000,
  panicWindowPercentage: 10,
  panicThresholdPercentage: 200,
  maxScaleUpRate: 1_000,
  maxScaleDownRate: 2,
  scaleDownDelayMs: 0,
  scaleToZeroPodRetentionMs: 0,
};
const DEFAULT_TARGETS = { concurrency: 100, rps: 200, cpu: 80, memory: 80 } as const;
/** What one machine bears where the spec sets no bound. */
const MOST_REPLICAS = 16;

/** How a component is scaled, with what could not be used of what it says. */
export interface PolicyReading {
  readonly policy: ScalingPolicy;
  readonly warnings: readonly string[];
}

/**
 * Reads `minReplicas`, `maxReplicas`, `scaleTarget`, `scaleMetric`, `containerConcurrency`, Knative's annotations
 * (autoscaling.knative.dev/*) and serving.kserve.io/autoscalerClass. Fields of the spec win over annotations.
 */
export function scalingPolicy(predictor: PredictorSpec, annotations: Readonly<Record<string, string>>): PolicyReading {
  const warnings: string[] = [];
  const values = new Map([
    ...Object.entries(annotations),
    ...Object.entries((predictor.annotations ?? {}) as Record<string, string>),
  ]);
  // Knative reads an older spelling in camel case too.
  const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const text = (name: string) =>
    values.get(`autoscaling.knative.dev/${name}`) ?? values.get(`autoscaling.knative.dev/${camel(name)}`);
  const number = (name: string, least: number, most: number): number | undefined => {
    const written = text(name);
    if (written === undefined) return undefined;
    const value = Number(written);
    const isWhole = !name.endsWith('cale') || /^\d{1,9}$/.test(written);
    if (isWhole && written.trim() !== '' && value >= least && value <= most) return value;
    warnings.push(
      `annotation autoscaling.knative.dev/${name}: "${written.slice(0, 50)}" is not used; it takes a number from ${least} to ${most}`,
    );
    return undefined;
  };
  const duration = (name: string, least: number, most: number): number | undefined => {
    const written = text(name);
    if (written === undefined) return undefined;
    const value = durationMs(written);
    if (value !== undefined && value >= least && value <= most) return value;
    warnings.push(
      `annotation autoscaling.knative.dev/${name}: "${written.slice(0, 50)}" is not used; it takes a duration from ${least / 1000}s to ${most / 1000}s`,
    );
    return undefined;
  };
  if ((text('metric-aggregation-algorithm') ?? 'linear') !== 'linear')
    warnings.push(
      'annotation autoscaling.knative.dev/metric-aggregation-algorithm has no effect: means are linear here',
    );
  const whole = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
  const resource = resourceMetric(predictor, values, warnings);
  const isHpa = isHpaClass(values);
  const metric = metricOf(
    predictor.scaleMetric ?? resource?.metric ?? text('metric') ?? (isHpa ? 'cpu' : undefined),
    warnings,
  );
  const containerConcurrency = whole(predictor.containerConcurrency) ?? 0;
  const asked =
    typeof predictor.scaleTarget === 'number' && predictor.scaleTarget > 0
      ? predictor.scaleTarget
      : (resource?.target ?? number('target', 0.01, 1e9));
  const isHard = metric === 'concurrency' && containerConcurrency > 0;
  const target = Math.min(
    asked ?? (isHard ? containerConcurrency : DEFAULT_TARGETS[metric]),
    isHard ? containerConcurrency : Number.POSITIVE_INFINITY,
  );
  const minScale = whole(predictor.minReplicas) ?? number('min-scale', 0, 1e6) ?? 1;
  const written = whole(predictor.maxReplicas) ?? number('max-scale', 0, 1e6) ?? 0;
  const maxScale = written === 0 ? Math.max(MOST_REPLICAS, minScale) : Math.max(written, minScale);
  const isResource = metric === 'cpu' || metric === 'memory';
  return {
    policy: {
      ...DEFAULTS,
      class: classOf(values, isResource, warnings),
      metric,
      target,
      targetUtilization: isResource ? 1 : (number('target-utilization-percentage', 1, 100) ?? 70) / 100,
      containerConcurrency,
      minScale,
      maxScale,
      initialScale: number('initial-scale', 0, 1e6) ?? DEFAULTS.initialScale,
      activationScale: number('activation-scale', 1, 1e6) ?? DEFAULTS.activationScale,
      stableWindowMs: duration('window', 6_000, 3_600_000) ?? DEFAULTS.stableWindowMs,
      panicWindowPercentage: number('panic-window-percentage', 1, 100) ?? DEFAULTS.panicWindowPercentage,
      panicThresholdPercentage: number('panic-threshold-percentage', 110, 1_000) ?? DEFAULTS.panicThresholdPercentage,
      scaleDownDelayMs: duration('scale-down-delay', 0, 3_600_000) ?? 0,
      scaleToZeroPodRetentionMs: duration('scale-to-zero-pod-retention-period', 0, 3_600_000) ?? 0,
    },
    warnings,
  };
}

function metricOf(written: unknown, warnings: string[]): ScalingPolicy['metric'] {
  if (written === undefined || written === null || written === '') return 'concurrency';
  if (written === 'concurrency' || written === 'rps' || written === 'cpu' || written === 'memory') return written;
  warnings.push(`the scale metric "${String(written).slice(0, 50)}" is not known; concurrency is used`);
  return 'concurrency';
}

function classOf(values: ReadonlyMap<string, string>, isResource: boolean, warnings: string[]): ScalingPolicy['class'] {
  const kserve = values.get('serving.kserve.io/autoscalerClass');
  if (kserve === 'none' || kserve === 'external') return kserve;
  if (kserve === 'keda') warnings.push('KEDA is not there on one machine; requests decide how many replicas there are');
  return isResource ? 'hpa' : 'kpa';
}

function isHpaClass(values: ReadonlyMap<string, string>): boolean {
  return (
    values.get('serving.kserve.io/autoscalerClass') === 'hpa' ||
    values.get('autoscaling.knative.dev/class') === 'hpa.autoscaling.knative.dev'
  );
}

/**
 * CPU or memory of `autoScaling.metrics`, or of KServe's older annotations. One metric decides; others are named as
 * without effect.
 */
function resourceMetric(
  predictor: PredictorSpec,
  values: ReadonlyMap<string, string>,
  warnings: string[],
): { metric: string; target?: number } | undefined {
  let found: { metric: string; target?: number } | undefined;
  const autoScaling = predictor.autoScaling;
  const metrics = isObject(autoScaling) && Array.isArray(autoScaling.metrics) ? autoScaling.metrics : [];
  for (const [index, one] of metrics.entries()) {
    const at = `autoScaling.metrics[${index}]`;
    const resource = isObject(one) && isObject(one.resource) ? one.resource : undefined;
    const target = isObject(resource?.target) ? resource.target : {};
    const utilization = Number(target.averageUtilization);
    if (found === undefined && (resource?.name === 'cpu' || resource?.name === 'memory') && utilization > 0) {
      found = { metric: resource.name, target: utilization };
    } else {
      warnings.push(`${at} has no effect: one cpu or memory metric with averageUtilization is acted on`);
    }
  }
  if (isObject(autoScaling) && isObject(autoScaling.behavior)) warnings.push('autoScaling.behavior has no effect');
  const legacy = values.get('serving.kserve.io/metrics');
  if (found === undefined && legacy !== undefined) found = { metric: legacy };
  const percent = Number(values.get('serving.kserve.io/targetUtilizationPercentage'));
  if (percent > 0 && found?.target === undefined) found = { metric: found?.metric ?? 'cpu', target: percent };
  return found;
}
