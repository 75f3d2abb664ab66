/** Longer requests are no line to read or to paste. */
const MAX_BODY = 1500;

/** What a line to paste is made from. */
export interface TryLine {
  readonly model: string;
  /** `/serving/{namespace}/{name}` where a server has several services, else empty. */
  readonly prefix: string;
  readonly protocol: 'v1' | 'v2';
  readonly body: string;
  /** Where the server listens. */
  readonly target: { readonly port: number } | { readonly socket: string };
  readonly needsKey: boolean;
}

/** A curl that asks a model with an input of its own, to paste into a POSIX shell; or a command for wide models. */
export function tryLine({ model, prefix, protocol, body, target, needsKey }: TryLine): string {
  const name = encodeURIComponent(model);
  if (body.length > MAX_BODY) {
    const url =
      'port' in target && (target.port !== 8080 || prefix !== '')
        ? ` --url http://127.0.0.1:${target.port}${prefix}`
        : '';
    return `berth predict ${model} --random${url}`;
  }
  const route = protocol === 'v1' ? `/v1/models/${name}:predict` : `/v2/models/${name}/infer`;
  const where =
    'port' in target ? `http://127.0.0.1:${target.port}` : `--unix-socket ${quoted(target.socket)} http://localhost`;
  const key = needsKey ? ' -H "Authorization: Bearer $BERTH_API_KEY"' : '';
  return `curl -s ${where}${prefix}${route}${key} -d ${quoted(body)}`;
}

function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
