import type { FieldPath, IssueCollector } from '../issue.ts';
import { isObject } from '../schema/check.ts';
import type { InferenceService } from './types.ts';

const KNATIVE = 'autoscaling.knative.dev/';
const KSERVE = 'serving.kserve.io/';
const LIMIT = 2 ** 31 - 1;
const HOUR_MS = 3_600_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', HOUR_MS],
]);

/** Whether a value is allowed, and what is, in words. */
interface Rule {
  readonly allows: (text: string) => boolean;
  readonly wanted: string;
}

/** What each value may be: Knative's webhook (pkg/apis/autoscaling/annotation_validation.go). */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['min-scale', whole(0)],
  ['max-scale', whole(0)],
  ['initial-scale', whole(0)],
  ['activation-scale', whole(2)],
  ['target', number(0.01, Number.POSITIVE_INFINITY)],
  ['target-utilization-percentage', number(1, 100)],
  ['panic-window-percentage', number(1, 100)],
  ['panic-threshold-percentage', number(110, 1_000)],
  [
    'target-burst-capacity',
    { allows: (text) => text === '-1' || within(text, 0, Number.POSITIVE_INFINITY), wanted: '-1, or a number from 0' },
  ],
  ['window', duration(6_000, true)],
  ['scale-down-delay', duration(0, true)],
  ['scale-to-zero-pod-retention-period', duration(0, false)],
  ['metric-aggregation-algorithm', oneOf('linear', 'weighted-exponential', 'weightedExponential')],
]);

/** KServe's own, of its time before `scaleMetric` and `scaleTarget`. */
const KSERVE_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['metrics', oneOf('cpu', 'memory', 'concurrency', 'rps')],
  ['targetUtilizationPercentage', { ...whole(1, 100), wanted: 'a whole number from 1 to 100' }],
]);

/**
 * Refuses annotations of scaling that can not be meant: Knative's webhook does so when KServe hands them on. Each error names
 * the annotation, its value, and what it takes.
 */
export function validateScalingAnnotations(isvc: InferenceService, issues: IssueCollector): void {
  const { predictor } = isvc.spec;
  const places: [FieldPath, unknown][] = [
    [['metadata', 'annotations'], isvc.metadata.annotations],
    [['spec', 'predictor', 'annotations'], predictor.annotations],
  ];
  const merged = new Map<string, { readonly text: string; readonly path: FieldPath }>();
  for (const [path, annotations] of places) {
    for (const [key, value] of Object.entries(isObject(annotations) ? annotations : {})) {
      if (typeof value === 'string') merged.set(key, { text: value, path: [...path, key] });
    }
  }
  for (const [key, { text, path }] of merged) {
    const rule = ruleOf(key);
    if (rule === undefined || rule.allows(text)) continue;
    issues.error(path, `annotation ${key}: "${text.slice(0, 100)}" is not valid; it takes ${rule.wanted}`);
  }
  validateClass(merged, issues);
  validateBounds(merged, predictor, issues);
}

type Merged = ReadonlyMap<string, { readonly text: string; readonly path: FieldPath }>;

function ruleOf(key: string): Rule | undefined {
  if (key.startsWith(KSERVE)) return KSERVE_RULES.get(key.slice(KSERVE.length));
  if (!key.startsWith(KNATIVE)) return undefined;
  return RULES.get(key.slice(KNATIVE.length).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
}

/** The class and the metric, which depends on it. */
function validateClass(annotations: Merged, issues: IssueCollector): void {
  const ofKnative = annotations.get(`${KNATIVE}class`);
  const known = [`kpa.${KNATIVE.slice(0, -1)}`, `hpa.${KNATIVE.slice(0, -1)}`];
  if (ofKnative?.text.endsWith(KNATIVE.slice(0, -1)) && !known.includes(ofKnative.text)) {
    const message = `annotation ${KNATIVE}class: "${ofKnative.text.slice(0, 100)}" is not valid; it takes ${known.join(' or ')}`;
    issues.error(ofKnative.path, message);
  }
  const metric = annotations.get(`${KNATIVE}metric`);
  if (metric === undefined) return;
  const isHpa = ofKnative?.text === known[1] || annotations.get(`${KSERVE}autoscalerClass`)?.text === 'hpa';
  const isKpa = !isHpa && (ofKnative === undefined || ofKnative.text === known[0]);
  const isFine = isHpa ? metric.text !== '' : !isKpa || metric.text === 'concurrency' || metric.text === 'rps';
  if (isFine) return;
  const wanted = isHpa ? 'cpu or memory' : 'concurrency or rps';
  const hint = isHpa ? {} : { hint: `cpu and memory need ${KNATIVE}class: ${known[1]}` };
  issues.error(
    metric.path,
    `annotation ${KNATIVE}metric: "${metric.text.slice(0, 100)}" is not valid; it takes ${wanted}`,
    hint,
  );
}

/** `min-scale` ≤ `activation-scale` ≤ `max-scale`; what the spec says counts before an annotation, as it does in KServe. */
function validateBounds(
  annotations: Merged,
  predictor: { readonly minReplicas?: unknown; readonly maxReplicas?: unknown },
  issues: IssueCollector,
): void {
  const read = (name: string, field: unknown) => {
    if (typeof field === 'number') return { value: field, name: name === 'min-scale' ? 'minReplicas' : 'maxReplicas' };
    const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    for (const key of [`${KNATIVE}${name}`, `${KNATIVE}${camel}`]) {
      const found = annotations.get(key);
      if (found !== undefined && /^\d{1,10}$/.test(found.text))
        return { value: Number(found.text), name: key, path: found.path };
    }
    return undefined;
  };
  const min = read('min-scale', predictor.minReplicas);
  const max = read('max-scale', predictor.maxReplicas);
  const activation = read('activation-scale', undefined);
  const refuse = (low: typeof min, high: typeof min) => {
    const path = low?.path ?? high?.path;
    if (low === undefined || high === undefined || path === undefined || low.value <= high.value) return;
    issues.error(path, `${low.name} (${low.value}) is greater than ${high.name} (${high.value})`, {
      hint: 'min-scale ≤ activation-scale ≤ max-scale',
    });
  };
  const most = max?.value === 0 ? undefined : max;
  refuse(min, most);
  refuse(min, activation);
  refuse(activation, most);
}

function whole(least: number, most = LIMIT): Rule {
  return {
    allows: (text) => /^\+?\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
    wanted: `a whole number from ${least}`,
  };
}

function number(least: number, most: number): Rule {
  const wanted = most === Number.POSITIVE_INFINITY ? `a number from ${least}` : `a number from ${least} to ${most}`;
  return { allows: (text) => within(text, least, most), wanted };
}

function within(text: string, least: number, most: number): boolean {
  const isNumber = /^[+-]?(\d{1,100}\.?\d{0,100}|\.\d{1,100})(e[+-]?\d{1,4})?$/i.test(text);
  return isNumber && Number.isFinite(Number(text)) && Number(text) >= least && Number(text) <= most;
}

function oneOf(...values: string[]): Rule {
  return { allows: (text) => values.includes(text), wanted: `one of ${values.join(', ')}` };
}

/** A duration as Go reads it, up to an hour. */
function duration(leastMs: number, isInSeconds: boolean): Rule {
  return {
    allows(text) {
      const value = goDurationMs(text);
      if (value === undefined || value < leastMs || value > HOUR_MS) return false;
      return !isInSeconds || value % 1000 === 0;
    },
    wanted: `a duration from ${leastMs / 1000}s to 1h, e.g. 90s or 5m${isInSeconds ? ', in whole seconds' : ''}`,
  };
}

/** Milliseconds; a number without a unit is none, but for 0. */
function goDurationMs(text: string): number | undefined {
  if (/^[+-]?0$/.test(text)) return 0;
  if (!/^[+-]?(\d{0,15}\.?\d{0,15}(ns|us|µs|ms|s|m|h)){1,8}$/.test(text) || !/\d/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d*\.?\d*)(ns|us|µs|ms|s|m|h)/g)) {
    if (!/\d/.test(amount)) return undefined;
    total += Number(amount) * (UNITS.get(unit) as number);
  }
  return text.startsWith('-') ? -total : Math.round(total * 1e6) / 1e6;
}
