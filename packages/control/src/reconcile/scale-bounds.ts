import type { PredictorSpec } from '@berth/api';

/** How many replicas a component may have. */
export interface ScaleBounds {
  readonly minimum: number;
  /** 0 is without limit. */
  readonly maximum: number;
}

/** KServe's `minReplicas` (1) and `maxReplicas`, and Knative's annotations over them. */
export function scaleBounds(predictor: PredictorSpec, annotations: Readonly<Record<string, string>>): ScaleBounds {
  const values = new Map([
    ...Object.entries(annotations),
    ...Object.entries((predictor.annotations ?? {}) as Record<string, string>),
  ]);
  const whole = (value: unknown): number | undefined => {
    const number = typeof value === 'string' ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? number : undefined;
  };
  const annotated = (name: string) =>
    whole(values.get(`autoscaling.knative.dev/${name}-scale`) ?? values.get(`autoscaling.knative.dev/${name}Scale`));
  const minimum = whole(predictor.minReplicas) ?? annotated('min') ?? 1;
  const maximum = whole(predictor.maxReplicas) ?? annotated('max') ?? 0;
  return { minimum, maximum: maximum > 0 && maximum < minimum ? minimum : maximum };
}
