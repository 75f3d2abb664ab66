/** One recorded exchange with a peer. */
export interface Recorded {
  /** Unique within its file: the recorded title, with a number after it where titles repeat. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly status: number;
  /** Lower-case names. */
  readonly responseHeaders: ReadonlyMap<string, string>;
  readonly responseBody: Buffer;
}

/** Reads a recording: `### title`, `> METHOD path {headers}`, `> b'body'`, `< status {headers}`, `< b'body'`. */
export function readRecording(text: string): Recorded[] {
  const names = new Map<string, number>();
  return text
    .split(/^### /m)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [title, request, body, response, responseBody] = block.split('\n');
      const seen = (names.get(title) ?? 0) + 1;
      names.set(title, seen);
      const [, method, path, headers] = /^> (\S+) (\S+) ?(.*)$/.exec(request) as RegExpExecArray;
      const [, status, responseHeaders] = /^< (\d+)[^{]*(.*)$/.exec(response) as RegExpExecArray;
      return {
        name: seen === 1 ? title : `${title} (${seen})`,
        method,
        path,
        headers: readHeaders(headers),
        body: readBytes(body.slice(2)),
        status: Number(status),
        responseHeaders: readHeaders(responseHeaders, true),
        responseBody: readBytes(responseBody.slice(2)),
      };
    });
}

/** Reads a recording of curl: `--- [-X METHOD] [-d BODY] URL`, then the answer's status line, headers and body. */
export function readCurlRecording(text: string): Recorded[] {
  const names = new Map<string, number>();
  return text
    .split(/^--- /m)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const lines = block.split('\n');
      const [, flags, path] = /^(.*?)http:\/\/[^/]+(\S*)\s*$/.exec(lines[0]) as RegExpExecArray;
      const body = /-d (.*) $/.exec(flags)?.[1] ?? '';
      const method = /-X (\S+)/.exec(flags)?.[1] ?? (body === '' ? 'GET' : 'POST');
      const title = `${method} ${path}${body === '' ? '' : ` ${body}`}`;
      const seen = (names.get(title) ?? 0) + 1;
      names.set(title, seen);
      const responseHeaders = new Map<string, string>();
      let at = 1;
      for (; /^(HTTP\/|[A-Za-z-]+: )/.test(lines[at] ?? ''); at++) {
        const colon = lines[at].indexOf(': ');
        if (colon > 0) responseHeaders.set(lines[at].slice(0, colon).toLowerCase(), lines[at].slice(colon + 2));
      }
      return {
        name: seen === 1 ? title : `${title} (${seen})`,
        method,
        path,
        headers: new Map<string, string>(),
        body: Buffer.from(body),
        status: Number(lines[1].split(' ')[1]),
        responseHeaders,
        responseBody: Buffer.from(lines.slice(at).join('\n').trim()),
      };
    });
}

/** A Python dict of strings, as `repr` writes it. */
function readHeaders(text: string, lowerCase = false): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/'([^']*)': '([^']*)'/g)) {
    headers.set(lowerCase ? name.toLowerCase() : name, value);
  }
  return headers;
}

const ESCAPES = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['\\', 92],
  ["'", 39],
  ['"', 34],
]);

/** Python bytes, as `repr` writes them. */
export function readBytes(text: string): Buffer {
  const inner = text.slice(2, -1);
  const bytes: number[] = [];
  for (let at = 0; at < inner.length; at++) {
    if (inner[at] !== '\\') {
      bytes.push(inner.charCodeAt(at));
    } else if (inner[at + 1] === 'x') {
      bytes.push(Number.parseInt(inner.slice(at + 2, at + 4), 16));
      at += 3;
    } else {
      bytes.push(ESCAPES.get(inner[at + 1]) ?? inner.charCodeAt(at + 1));
      at += 1;
    }
  }
  return Buffer.from(bytes);
}
