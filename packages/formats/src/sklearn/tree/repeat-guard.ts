import { LoadError } from '@berth/inference';

/** Nodes that repeated trees may add before it is a bomb; no fitted ensemble names one tree twice. */
const FREE_NODES = 1_000_000;

/**
 * Counts the nodes of an ensemble's trees. A pickle can name one tree any number of times in two bytes each, and each time
 * costs its nodes again in the flat buffer: what the repeats add is bounded by what the file itself holds.
 */
export class RepeatGuard {
  private readonly seen = new Set<unknown>();
  private distinct = 0;
  private repeated = 0;

  /** @throws LoadError LimitExceeded. */
  count(tree: unknown, nodes: number, where: string): void {
    if (!this.seen.has(tree)) {
      this.seen.add(tree);
      this.distinct += nodes;
      return;
    }
    this.repeated += nodes;
    if (this.repeated > FREE_NODES + this.distinct) {
      throw new LoadError(
        'LimitExceeded',
        `${where}: the file names the same trees over and over; it was made by hand`,
      );
    }
  }
}
