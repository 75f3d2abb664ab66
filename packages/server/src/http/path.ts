import { InferenceError, invalidInput } from '@berth/inference';

/**
 * The path of a request target as its segments, each percent-decoded once; the query is left out.
 * @throws InferenceError NOT_FOUND for an absolute-form or empty target, an empty or a dot segment; INVALID_INPUT for
 * an escape that is none.
 */
export function splitPath(target: string): string[] {
  if (target.charCodeAt(0) !== 0x2f) throw notFound();
  const query = target.indexOf('?');
  const path = query < 0 ? target.slice(1) : target.slice(1, query);
  const segments = path.split('/');
  if (path.includes('%')) {
    for (let index = 0; index < segments.length; index++) segments[index] = decode(segments[index]);
  }
  const last = segments.length - 1;
  if (last > 0 && segments[last] === '') segments.pop();
  for (const segment of segments) {
    if ((segment === '' && segments.length > 1) || segment === '.' || segment === '..') throw notFound();
  }
  return segments;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidInput('the path has a percent sign that is no UTF-8 escape');
  }
}

/** The answer to a path that leads nowhere; `segments`, where known, tell what was likely meant. */
export function notFound(segments: readonly string[] = []): InferenceError {
  const meant = likelyMeant(segments);
  const here = '/v1/models, /v2/models and /openapi.json tell what is here';
  return new InferenceError('NOT_FOUND', `Not Found: ${meant === undefined ? here : `${meant}; ${here}`}`);
}

const MODEL_NAME = /^[A-Za-z0-9][-A-Za-z0-9_.]{0,252}$/;
/** What other servers and habits call a prediction, and a health check. */
const PREDICTIONS = new Set(['predict', 'predictions', 'prediction', 'invocations', 'infer', 'inference', 'score']);
const HEALTH = new Set([
  'health',
  'healthz',
  'livez',
  'readyz',
  'ready',
  'live',
  'ping',
  'status',
  'readiness',
  'liveness',
]);

function likelyMeant([first = '', second = '', third = '', fourth = '']: readonly string[]): string | undefined {
  const versioned = (first === 'v1' || first === 'v2') && second === 'models' && MODEL_NAME.test(third);
  if (versioned && fourth !== '') {
    return `predictions go to POST ${first === 'v1' ? `/v1/models/${third}:predict` : `/v2/models/${third}/infer`}`;
  }
  const last = first === 'v1' || first === 'v2' ? second : first;
  if (PREDICTIONS.has(last)) return 'predictions go to POST /v1/models/NAME:predict or /v2/models/NAME/infer';
  if (HEALTH.has(last)) return 'health is at GET /v2/health/live and /v2/health/ready';
  return undefined;
}
