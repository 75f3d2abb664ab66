import { quantityValue } from '@berth/api';

/** The domain of Berth's own annotations; docs/annotations.md has the table. */
const DOMAIN = 'berth.dev';

export const CORS_ORIGINS = `${DOMAIN}/cors-origins`;
export const STICKY_HEADER = `${DOMAIN}/sticky-header`;
export const RETRIES = `${DOMAIN}/retries`;
export const RETRY_MAX_BODY = `${DOMAIN}/retry-max-body`;
export const HOLD_MAX_REQUESTS = `${DOMAIN}/hold-max-requests`;
export const HOLD_MAX_BYTES = `${DOMAIN}/hold-max-bytes`;
export const MAX_CONCURRENCY = `${DOMAIN}/max-concurrency`;
export const MODEL_SHA256 = `${DOMAIN}/model-sha256`;
export const POLL_INTERVAL = `${DOMAIN}/poll-interval`;
/** A new value asks the source anew and replaces every replica; on the service or on the predictor. */
export const RESTARTED_AT = `${DOMAIN}/restarted-at`;
/** Name of an earlier revision of the same spec whose bytes are served, whatever the source has since. */
export const ROLLBACK_TO = `${DOMAIN}/rollback-to`;
/** What `kubectl rollout restart` writes on the pods of a Deployment; read as ours is. */
const KUBECTL_RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export const TAG_ROUTING = 'serving.kserve.io/enable-tag-routing';
export const DISABLE_AUTO_UPDATE = 'serving.kserve.io/disable-auto-update';

/** How a service's requests are treated, by its annotations. */
export interface ServiceOptions {
  readonly corsOrigins?: readonly string[];
  readonly stickyHeader?: string;
  readonly retries: boolean;
  readonly retryMaxBodyBytes: number;
  readonly holdMaxRequests: number;
  readonly holdMaxBytes: number;
  /** Requests at once; absent where there is no limit. */
  readonly maxConcurrency?: number;
  readonly sha256?: string;
  /** Milliseconds; absent where the source is asked only on demand. */
  readonly pollMs?: number;
  readonly warnings: readonly string[];
}

const MEBIBYTE = 1024 * 1024;
/** Knative's activator keeps 10,000 requests for a revision (breakerQueueDepth). */
const HOLD_REQUESTS = 10_000;
const HOLD_BYTES = 256 * MEBIBYTE;
const SHORTEST_POLL_MS = 1000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Milliseconds of a duration such as `90s`, `5m`, `1h30m`; a bare number is seconds. Undefined where it is none. */
export function durationMs(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)){1,5}$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * (UNITS.get(unit as string) as number);
  }
  return total;
}

/** Reads Berth's annotations; a value that can not be used is a warning and its default holds. */
export function serviceOptions(annotations: Readonly<Record<string, string>> | undefined): ServiceOptions {
  const values = new Map(Object.entries(annotations ?? {}));
  const warnings: string[] = [];
  const read = <T>(key: string, parse: (text: string) => T | undefined, wanted: string): T | undefined => {
    const text = values.get(key)?.trim();
    if (text === undefined || text === '') return undefined;
    const value = parse(text);
    if (value === undefined) {
      warnings.push(`annotation ${key}: "${text.slice(0, 100)}" is not used; it takes ${wanted}`);
    }
    return value;
  };
  const origins = read(CORS_ORIGINS, parseOrigins, 'origins such as https://app.example.com, with commas, or *');
  const stickyHeader = read(STICKY_HEADER, parseHeader, 'the name of a header');
  const sha256 = read(MODEL_SHA256, parseDigest, 'a SHA-256 as 64 hex digits');
  const pollMs = read(POLL_INTERVAL, parsePoll, 'a duration of a second or more, e.g. 5m');
  const maxConcurrency = read(MAX_CONCURRENCY, parseCount, 'a whole number');
  return {
    ...(maxConcurrency === undefined ? {} : { maxConcurrency }),
    ...(origins === undefined ? {} : { corsOrigins: origins }),
    ...(stickyHeader === undefined ? {} : { stickyHeader }),
    retries: read(RETRIES, parseSwitch, 'on or off') ?? true,
    retryMaxBodyBytes: read(RETRY_MAX_BODY, parseBytes, 'a size, e.g. 1Mi') ?? MEBIBYTE,
    holdMaxRequests: read(HOLD_MAX_REQUESTS, parseCount, 'a whole number') ?? HOLD_REQUESTS,
    holdMaxBytes: read(HOLD_MAX_BYTES, parseBytes, 'a size, e.g. 256Mi') ?? HOLD_BYTES,
    // A digest that can not be read must not mean that any bytes will do.
    ...(values.has(MODEL_SHA256) ? { sha256: sha256 ?? 'unreadable' } : {}),
    ...(pollMs === undefined ? {} : { pollMs }),
    warnings,
  };
}

/** What changes when a restart is asked for; empty where none was. */
export function restartMark(...places: readonly (Readonly<Record<string, string>> | undefined)[]): string {
  const marks = places.map((one) => {
    const values = new Map(Object.entries(one ?? {}));
    return values.get(RESTARTED_AT) ?? values.get(KUBECTL_RESTARTED_AT) ?? '';
  });
  return marks.filter((one) => one !== '').join(' ');
}

/** Annotations that ask for something to happen, and are no part of what runs. */
export function isRequestAnnotation(key: string): boolean {
  return [RESTARTED_AT, KUBECTL_RESTARTED_AT, POLL_INTERVAL, ROLLBACK_TO].includes(key);
}

function parseOrigins(text: string): string[] | undefined {
  const origins = text.split(/[\s,]+/).filter((one) => one !== '');
  const isOrigin = (one: string) => one === '*' || /^[a-z][a-z0-9+.-]{0,30}:\/\/[^/?#\s]{1,255}$/i.test(one);
  return origins.length > 0 && origins.length <= 100 && origins.every(isOrigin)
    ? origins.map((one) => one.toLowerCase())
    : undefined;
}

function parseHeader(text: string): string | undefined {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(text) ? text.toLowerCase() : undefined;
}

function parseSwitch(text: string): boolean | undefined {
  if (/^(on|true|enabled)$/i.test(text)) return true;
  return /^(off|false|disabled)$/i.test(text) ? false : undefined;
}

function parseBytes(text: string): number | undefined {
  const value = quantityValue(text);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function parseCount(text: string): number | undefined {
  return /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

function parseDigest(text: string): string | undefined {
  const digest = text.toLowerCase().replace(/^sha256:/, '');
  return /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

function parsePoll(text: string): number | undefined {
  const value = durationMs(text);
  return value !== undefined && value >= SHORTEST_POLL_MS ? value : undefined;
}
