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

/** The answer to a path that leads nowhere. */
export function notFound(): InferenceError {
  return new InferenceError('NOT_FOUND', 'Not Found: /v1/models, /v2/models and /openapi.json tell what is here');
}
