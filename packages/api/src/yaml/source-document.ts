import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';
import type { FieldPath, Locator, Position } from '../issue.ts';

/** Finds positions in a parsed YAML document by walking its nodes along a field path. */
export class SourceDocument implements Locator {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(document: Document.Parsed, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  locate(path: FieldPath, what: 'key' | 'value'): Position | undefined {
    let node: Node | null | undefined = this.#document.contents as Node | null;
    let offset = node?.range?.[0];
    for (const [depth, step] of path.entries()) {
      const found = this.#child(node, step);
      if (found === undefined) break;
      const isLast = depth === path.length - 1;
      const target: Node | null | undefined = isLast && what === 'value' ? (found.value ?? found.key) : found.key;
      offset = (target ?? found.value)?.range?.[0] ?? offset;
      node = found.value;
    }
    return offset === undefined ? undefined : this.positionOf(offset);
  }

  source(path: FieldPath): string | undefined {
    let node: Node | null | undefined = this.#document.contents as Node | null;
    for (const step of path) node = this.#child(node, step)?.value;
    return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
  }

  /** Line and column of an offset into the text. */
  positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  #child(
    parent: Node | null | undefined,
    step: string | number,
  ): { key: Node | null; value: Node | null | undefined } | undefined {
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isSeq(node) && typeof step === 'number') {
      const item = node.items[step] as Node | undefined;
      return item === undefined ? undefined : { key: item, value: item };
    }
    if (!isMap(node)) return undefined;
    const pair = (node.items as Pair<Node, Node | null>[]).find((one) => keyText(one.key) === String(step));
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
}

/** A mapping key as text. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}
