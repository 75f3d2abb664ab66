import type { ServiceView } from './service-view.ts';

/** Why no revision of a service can answer, for clients; undefined where one can. */
export function unavailableOf(view: ServiceView): { reason: string; message: string } | undefined {
  if (view.stopped)
    return {
      reason: 'Stopped',
      message: `${view.isvc.metadata.name} is stopped (annotation serving.kserve.io/stop)`,
    };
  const { transformer } = view.isvc.spec;
  if (transformer !== undefined && transformer !== null) {
    const message = `spec.transformer of ${view.isvc.metadata.name} is not run yet, and without it the predictor would get requests it was not made for`;
    return { reason: 'TransformerNotSupported', message };
  }
  if (view.shares.length > 0 || view.targets.length > 0) return undefined;
  const { predictor } = view;
  const name = view.isvc.metadata.name;
  if (predictor.state === 'failed') {
    const [line = ''] = predictor.failure.message.split('\n', 1);
    return {
      reason: predictor.failure.reason,
      message: `${name} is not ready: ${predictor.failure.reason}: ${line.slice(0, 500)}`,
    };
  }
  return {
    reason: 'NotReady',
    message: `${name} is not ready yet${predictor.state === 'waiting' ? `: ${predictor.message.split('\n', 1)[0]}` : ''}`,
  };
}
