/** One entry of an Accept header. */
export interface MediaRange {
  /** Lower case, e.g. `application/json`, or with a star. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** More entries than any client sends. */
const MAX_RANGES = 32;

/** The entries of an Accept header, best first: by `q`, then as written. Without a header everything is welcome. */
export function parseAccept(accept: string | undefined): readonly MediaRange[] {
  if (accept === undefined || accept.trim() === '') return [{ type: '*/*', parameters: new Map() }];
  return accept
    .split(',', MAX_RANGES)
    .map((entry) => {
      const [type, ...rest] = entry.split(';').map((part) => part.trim());
      const parameters = new Map(rest.map((part) => splitOnce(part)));
      return { type: (type ?? '').toLowerCase(), parameters, quality: quality(parameters.get('q')) };
    })
    .filter((range) => range.type !== '' && range.quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function splitOnce(part: string): [string, string] {
  const at = part.indexOf('=');
  return at < 0 ? [part.toLowerCase(), ''] : [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
}

function quality(text: string | undefined): number {
  const value = text === undefined ? 1 : Number(text);
  return Number.isFinite(value) ? value : 1;
}

/** Whether a media range covers a type. */
export function covers(range: MediaRange, type: string): boolean {
  return range.type === type || range.type === '*/*' || range.type === `${type.slice(0, type.indexOf('/'))}/*`;
}
