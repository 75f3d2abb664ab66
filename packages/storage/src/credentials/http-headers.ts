/** Suffix of the environment variable that holds the headers for a host (kserve pkg/credentials/https). */
const SUFFIX = '-headers';
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;
/** What belongs to the connection, not to who asks. */
const OURS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'range',
  'if-range',
  'te',
  'upgrade',
  'proxy-authorization',
]);

/** Headers of an HTTP(S) Secret, and how many could not be read. */
export interface HeadersReading {
  readonly headers: Readonly<Record<string, string>>;
  readonly unread: number;
}

/** The variable's name for a host. */
export function headersVariable(host: string): string {
  return `${host}${SUFFIX}`;
}

/** Reads headers as people write them: one JSON object, or lines of `name: value`. */
export function readHeaders(text: string): HeadersReading {
  const pairs: [string, unknown][] = [];
  let unread = 0;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) pairs.push(...Object.entries(parsed));
  else {
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() === '') continue;
      const at = line.indexOf(':');
      if (at < 0) unread++;
      else pairs.push([line.slice(0, at), line.slice(at + 1)]);
    }
  }
  const headers = new Map<string, string>();
  for (const [rawName, rawValue] of pairs) {
    const name = rawName.trim().toLowerCase();
    const value = typeof rawValue === 'string' || typeof rawValue === 'number' ? String(rawValue).trim() : undefined;
    if (value === undefined || !NAME.test(name) || !VALUE.test(value) || OURS.has(name)) unread++;
    else headers.set(name, value);
  }
  return { headers: Object.fromEntries(headers), unread };
}

/** The headers that credentials have for the host of a URL; matched by host name, or by host and port. */
export function headersFor(url: URL, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const text = env[headersVariable(url.host)] ?? env[headersVariable(url.hostname)];
  return text === undefined ? {} : { ...readHeaders(text).headers };
}
