import { InferenceError } from '@berth/inference';

/** What the body of an inference request is, by its Content-Type. */
export type BodyKind = 'json' | 'binary' | 'event';

const KINDS: ReadonlyMap<string, BodyKind> = new Map<string, BodyKind>([
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['text/plain', 'json'],
  // What curl says of `-d @file` unless it is told better.
  ['application/x-www-form-urlencoded', 'json'],
  ['application/octet-stream', 'binary'],
  ['application/cloudevents+json', 'event'],
]);

/**
 * How to read a body of this Content-Type. A missing type and types that clients send by default are read as JSON.
 * @throws InferenceError UNSUPPORTED_MEDIA that names the header to send.
 */
export function bodyKind(contentType: string | undefined): BodyKind {
  if (contentType === undefined || contentType === 'application/json') return 'json';
  const semicolon = contentType.indexOf(';');
  const type = (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (type === '') return 'json';
  const kind = KINDS.get(type);
  if (kind !== undefined) return kind;
  if (type.startsWith('application/') && type.endsWith('+json')) return 'json';
  throw new InferenceError(
    'UNSUPPORTED_MEDIA',
    `Content-Type ${JSON.stringify(type.slice(0, 100))} is not supported; send JSON with the header "Content-Type: application/json"`,
  );
}
