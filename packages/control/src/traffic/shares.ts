import type { TrafficShare } from '@berth/api';
import type { TrafficTarget } from './rollout.ts';

/** A named variant that gets a share of its own (`spec.canary[]`). */
export interface VariantShare {
  readonly revision: string;
  readonly percent: number;
}

/**
 * The shares of a service: each ready variant its own, the rest to the predictor's targets in proportion. Whole percent
 * that add up to 100; empty where there is no target.
 */
export function sharesOf(targets: readonly TrafficTarget[], variants: readonly VariantShare[]): TrafficShare[] {
  if (targets.length === 0) return [];
  const taken = variants.reduce((sum, one) => sum + one.percent, 0);
  const rest = Math.max(0, 100 - taken);
  const percents = new Map<string, number>();
  const add = (revision: string, percent: number) => percents.set(revision, (percents.get(revision) ?? 0) + percent);
  let left = rest;
  for (const [index, target] of targets.entries()) {
    const isLast = index === targets.length - 1;
    const percent = isLast ? left : Math.round((rest * target.percent) / 100);
    add(target.revision, percent);
    left -= percent;
  }
  for (const one of variants) add(one.revision, one.percent);
  return [...percents].filter(([, percent]) => percent > 0).map(([revision, percent]) => ({ revision, percent }));
}
