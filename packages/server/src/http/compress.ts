import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';
import type { Exchange } from './exchange.ts';

const gzipAsync = promisify(gzip);
const deflateAsync = promisify(deflate);

/** Answers 200 with `body`, compressed where it has `compressFrom` bytes or more and the client prefers that. */
export function sendMaybeCompressed(
  exchange: Exchange,
  contentType: string,
  body: string | Buffer,
  headers: string[],
  compressFrom: number | undefined,
): void {
  const accepted = compressFrom === undefined ? undefined : exchange.header('accept-encoding');
  const encoding =
    accepted === undefined || body.length < (compressFrom ?? 0) ? undefined : preferredEncoding(accepted);
  if (encoding === undefined) {
    exchange.send(200, contentType, body, headers);
    return;
  }
  const compress = encoding === 'gzip' ? gzipAsync : deflateAsync;
  compress(typeof body === 'string' ? Buffer.from(body) : body).then(
    (compressed) => {
      headers.push('content-encoding', encoding, 'vary', 'Accept-Encoding');
      exchange.send(200, contentType, compressed, headers);
    },
    (error) => exchange.fail(error),
  );
}

/** The coding with the highest weight in an Accept-Encoding header, of those we write; undefined for none. */
export function preferredEncoding(accepted: string): 'gzip' | 'deflate' | undefined {
  let best: 'gzip' | 'deflate' | undefined;
  let bestWeight = 0;
  for (const part of accepted.slice(0, 1000).split(',')) {
    const [name, ...parameters] = part.split(';');
    const coding = name.trim().toLowerCase();
    const weight = weightOf(parameters);
    if (coding === 'identity' && weight > bestWeight) {
      best = undefined;
      bestWeight = weight;
    }
    if ((coding === 'gzip' || coding === 'deflate') && weight > bestWeight) {
      best = coding;
      bestWeight = weight;
    }
  }
  return best;
}

function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [name, value] = parameter.split('=');
    if (name.trim().toLowerCase() === 'q') {
      const weight = Number(value);
      return weight >= 0 && weight <= 1 ? weight : 0;
    }
  }
  return 1;
}
