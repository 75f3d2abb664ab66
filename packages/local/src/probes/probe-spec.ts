/** What a probe does. */
export type ProbeAction =
  | {
      readonly kind: 'httpGet';
      readonly path: string;
      readonly port: string | number | undefined;
      readonly host: string | undefined;
      readonly headers: readonly (readonly [string, string])[];
      readonly isHttps: boolean;
    }
  | { readonly kind: 'tcpSocket'; readonly port: string | number | undefined }
  | { readonly kind: 'grpc'; readonly port: string | number | undefined; readonly service: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] };

/** A probe with Kubernetes' defaults filled in; milliseconds. */
export interface ProbeSpec {
  readonly action: ProbeAction;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly successThreshold: number;
  readonly failureThreshold: number;
}

/** Bounds on numbers, so that no probe is a busy loop or waits for ever. */
const MAX_SECONDS = 86_400;

/** Reads a probe as it stands in a container; undefined where it names no action that there is. */
export function readProbe(probe: Readonly<Record<string, unknown>> | undefined): ProbeSpec | undefined {
  if (probe === undefined) return undefined;
  const action = readAction(probe);
  if (action === undefined) return undefined;
  const seconds = (name: string, fallback: number, least: number) => {
    const value = Number(probe[name] ?? fallback);
    return Number.isFinite(value) ? Math.min(Math.max(value, least), MAX_SECONDS) : fallback;
  };
  const count = (name: string, fallback: number) => Math.max(1, Math.floor(seconds(name, fallback, 1)));
  return {
    action,
    initialDelayMs: seconds('initialDelaySeconds', 0, 0) * 1_000,
    periodMs: seconds('periodSeconds', 10, 1) * 1_000,
    timeoutMs: seconds('timeoutSeconds', 1, 1) * 1_000,
    successThreshold: count('successThreshold', 1),
    failureThreshold: count('failureThreshold', 3),
  };
}

function readAction(probe: Readonly<Record<string, unknown>>): ProbeAction | undefined {
  const { httpGet, tcpSocket, grpc, exec } = probe as Record<string, Record<string, unknown> | undefined>;
  if (isObject(httpGet)) {
    const headers = Array.isArray(httpGet.httpHeaders) ? (httpGet.httpHeaders as Record<string, unknown>[]) : [];
    const path = String(httpGet.path ?? '/');
    return {
      kind: 'httpGet',
      path: path.startsWith('/') ? path : `/${path}`,
      port: portOf(httpGet.port),
      host: httpGet.host === undefined ? undefined : String(httpGet.host),
      headers: headers.filter(isObject).map((one) => [String(one.name), String(one.value ?? '')] as const),
      isHttps: String(httpGet.scheme ?? 'HTTP').toUpperCase() === 'HTTPS',
    };
  }
  if (isObject(tcpSocket)) return { kind: 'tcpSocket', port: portOf(tcpSocket.port) };
  if (isObject(grpc)) return { kind: 'grpc', port: portOf(grpc.port), service: String(grpc.service ?? '') };
  if (isObject(exec) && Array.isArray(exec.command) && exec.command.length > 0) {
    return { kind: 'exec', command: exec.command.map(String) };
  }
  return undefined;
}

/** A number, a number in a text, or a port's name. */
function portOf(port: unknown): string | number | undefined {
  if (typeof port === 'number') return port;
  if (typeof port !== 'string' || port === '') return undefined;
  return /^\d+$/.test(port) ? Number(port) : port;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
