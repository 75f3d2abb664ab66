import { randomUUID } from 'node:crypto';
import { invalidInput } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import { parseV1 } from './decode.ts';
import { isObject } from './rows.ts';

/** Whether the headers make the request a CloudEvent in binary mode: all four required attributes are there. */
export function isBinaryEvent(headers: NodeJS.Dict<string | string[]>): boolean {
  return (
    headers['ce-specversion'] !== undefined &&
    headers['ce-source'] !== undefined &&
    headers['ce-type'] !== undefined &&
    headers['ce-id'] !== undefined
  );
}

/**
 * Refuses an event of a version whose attributes may mean something else.
 * @throws InferenceError INVALID_INPUT
 */
export function checkEventVersion(version: string | string[] | undefined): void {
  if (version === '1.0' || version === '0.3') return;
  throw invalidInput(`CloudEvents of specversion ${JSON.stringify(version)} are not known here; send "1.0"`);
}

const ENVELOPE = ['specversion', 'id', 'source', 'type'];

/**
 * The data of a CloudEvent in structured mode; other bodies as they are. With the event's own Content-Type the envelope
 * is demanded; under plain JSON it is told by its attributes (KServe wants `time` among them; the specification does not).
 * @throws InferenceError INVALID_INPUT
 */
export function eventData(body: JsonValue, declared: boolean): JsonValue {
  const envelope = isObject(body) && ENVELOPE.every((name) => typeof body[name] === 'string');
  if (!envelope || !isObject(body)) {
    if (!declared) return body;
    throw invalidInput(`a CloudEvent has the attributes ${ENVELOPE.join(', ')} and data`);
  }
  if (declared) checkEventVersion(body.specversion as string);
  if (body.data !== undefined) return body.data;
  if (typeof body.data_base64 === 'string') return parseV1(Buffer.from(body.data_base64, 'base64'));
  if (!declared) return body;
  throw invalidInput('the CloudEvent has no data');
}

/** Attributes of the event that an answer is (kserve/protocol/rest/v1_datatypes). */
function attributes(model: string) {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: `io.kserve.inference.${model}`,
    type: 'io.kserve.inference.response',
    time: new Date().toISOString().replace('Z', '000+00:00'),
  };
}

/** The answer's headers in binary mode. */
export function binaryEventHeaders(model: string): string[] {
  return Object.entries(attributes(model)).flatMap(([name, value]) => [`ce-${name}`, value]);
}

/** The answer's envelope in structured mode around `data`, which is JSON text. */
export function structuredEvent(model: string, data: string): string {
  const head = JSON.stringify(attributes(model));
  return `${head.slice(0, -1)},"data":${data}}`;
}
