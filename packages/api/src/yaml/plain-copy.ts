const MAX_DEPTH = 100;
const MAX_NODES = 500_000;

/** Thrown by plainCopy; the message says which bound the value passes. */
export class PlainCopyError extends Error {}

/**
 * A tree of fresh plain objects and arrays with the same content: what aliases shared is copied, so that no later walk
 * can meet a cycle or grow without end. A key `__proto__` becomes an ordinary own property.
 * @throws PlainCopyError past 100 levels or 500,000 values.
 */
export function plainCopy(value: unknown): unknown {
  let nodes = 0;
  function copy(one: unknown, depth: number): unknown {
    if (++nodes > MAX_NODES) throw new PlainCopyError(`it holds more than ${MAX_NODES} values`);
    if (depth > MAX_DEPTH) throw new PlainCopyError(`it is nested more than ${MAX_DEPTH} levels deep`);
    if (Array.isArray(one)) return one.map((item) => copy(item, depth + 1));
    if (typeof one === 'bigint') return Number(one);
    if (typeof one !== 'object' || one === null) return one;
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(one)) {
      Object.defineProperty(result, key, {
        value: copy(item, depth + 1),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return result;
  }
  return copy(value, 0);
}
