import type { IncomingMessage } from 'node:http';
import { parseYaml } from '@berth/api';
import { ApiFailure } from './failure.ts';

/** As etcd's default limit makes it in Kubernetes. */
const MAX_BYTES = 3 * 1024 * 1024;
const MAX_DEPTH = 100;
/** Kubernetes' protobuf. */
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** Everything that was sent. @throws ApiFailure 413 */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) {
      throw new ApiFailure(413, 'RequestEntityTooLarge', `the body is larger than ${MAX_BYTES / 1024 ** 2} MiB`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** A body with what there is to say about its text. */
export interface ParsedBody {
  readonly value: unknown;
  /** E.g. a key that stands twice. */
  readonly problems: readonly string[];
}

/**
 * The value of a JSON or YAML body, or of a protobuf body of a kind that kubectl sends so; `whereEmpty` where nothing
 * needs to be sent.
 * @throws ApiFailure 413 for too much, 415 for other content, 400 for what is broken
 */
export async function readBody(request: IncomingMessage, whereEmpty?: unknown): Promise<ParsedBody> {
  const bytes = await readBytes(request);
  if (bytes.length === 0 && whereEmpty !== undefined) return { value: whereEmpty, problems: [] };
  const contentType = request.headers['content-type'];
  if (mediaType(contentType) !== PROTOBUF_TYPE) return parseBody(bytes, contentType);
  return { value: await protobufValue(bytes), problems: [] };
}

/**
 * The value of a JSON or YAML body.
 * @throws ApiFailure 415 for other content, 400 for what is broken
 */
export function parseBody(bytes: Buffer, contentType: string | undefined): ParsedBody {
  const type = mediaType(contentType ?? 'application/json');
  const isYaml = type.endsWith('yaml');
  const isJson =
    type === '' ||
    type === 'application/json' ||
    type.endsWith('+json') ||
    type === 'application/x-www-form-urlencoded';
  if (!isYaml && !isJson) throw unknownFormat();
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ApiFailure(400, 'BadRequest', 'the body is not UTF-8');
  }
  if (!isYaml && !type.startsWith('application/apply-patch')) {
    try {
      const value: unknown = JSON.parse(text);
      checkDepth(value, 0);
      return { value, problems: [] };
    } catch (thrown) {
      if (thrown instanceof ApiFailure) throw thrown;
      throw new ApiFailure(400, 'BadRequest', `the body is no JSON: ${(thrown as Error).message}`);
    }
  }
  const { documents, issues } = parseYaml(text);
  const [first, ...others] = documents;
  const error = issues.find((issue) => issue.severity === 'error');
  if (error !== undefined || first === undefined || others.length > 0) {
    throw new ApiFailure(
      400,
      'BadRequest',
      `the body is no single YAML document: ${error?.message ?? `there are ${documents.length}`}`,
    );
  }
  checkDepth(first.value, 0);
  return { value: first.value, problems: issues.map((issue) => issue.message) };
}

async function protobufValue(bytes: Buffer): Promise<unknown> {
  // Of some size, and few clients send it.
  const { decodeProtobuf } = await import('./protobuf-body.ts');
  let value: unknown;
  try {
    value = decodeProtobuf(bytes);
  } catch (thrown) {
    throw new ApiFailure(400, 'BadRequest', `the body is no protobuf: ${(thrown as Error).message}`);
  }
  if (value === undefined) throw unknownFormat();
  return value;
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function unknownFormat(): ApiFailure {
  const message =
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml';
  return new ApiFailure(415, 'UnsupportedMediaType', message);
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) throw new ApiFailure(400, 'BadRequest', `the body is nested deeper than ${MAX_DEPTH} levels`);
  for (const field of Object.values(value)) checkDepth(field, depth + 1);
}
