/** What `GET …/pods/{name}/log` asks for, read and checked. */
export interface LogQuery {
  readonly container?: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly since?: Date;
  readonly limitBytes?: number;
  /** Undefined for both. */
  readonly stream?: 'stdout' | 'stderr';
}

/** A query that cannot be read; the message names the parameter and what it takes. */
export class LogQueryError extends Error {
  override readonly name = 'LogQueryError';
}

/** Reads the parameters of Kubernetes' PodLogOptions. @throws LogQueryError */
export function readLogQuery(query: URLSearchParams, now: Date): LogQuery {
  const sinceSeconds = integer(query, 'sinceSeconds', 1);
  const sinceTime = time(query, 'sinceTime');
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    throw new LogQueryError('sinceSeconds and sinceTime exclude each other: give one of them');
  }
  const since = sinceSeconds === undefined ? sinceTime : new Date(Math.max(0, now.getTime() - sinceSeconds * 1000));
  const tailLines = integer(query, 'tailLines', 0);
  const limitBytes = integer(query, 'limitBytes', 1);
  const container = query.get('container');
  const stream = streamOf(query.get('stream'));
  if (stream !== undefined && tailLines !== undefined) {
    throw new LogQueryError('tailLines and stream exclude each other: lines are counted over both streams');
  }
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    ...(container && { container }),
    ...(tailLines !== undefined && { tailLines }),
    ...(since !== undefined && { since }),
    ...(limitBytes !== undefined && { limitBytes }),
    ...(stream !== undefined && { stream }),
  };
}

/** As Kubernetes reads booleans: present is true, unless it says `false` or `0`. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value.toLowerCase() !== 'false' && value !== '0';
}

function integer(query: URLSearchParams, name: string, least: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!/^[+-]?\d{1,19}$/.test(text) || value < least) {
    throw new LogQueryError(`${name} must be a whole number of at least ${least}, not "${text.slice(0, 40)}"`);
  }
  return Math.min(value, Number.MAX_SAFE_INTEGER);
}

function time(query: URLSearchParams, name: string): Date | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = /^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(value.getTime())) {
    throw new LogQueryError(`${name} must be a time like 2026-03-01T12:00:00Z, not "${text.slice(0, 40)}"`);
  }
  return value;
}

function streamOf(text: string | null): LogQuery['stream'] {
  switch (text) {
    case null:
    case '':
    case 'All':
      return undefined;
    case 'Stdout':
      return 'stdout';
    case 'Stderr':
      return 'stderr';
    default:
      throw new LogQueryError(`stream must be All, Stdout or Stderr, not "${text.slice(0, 40)}"`);
  }
}
