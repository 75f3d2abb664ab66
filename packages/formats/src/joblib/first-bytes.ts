import { Budget } from '../pickle/budget.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import { unpickle } from '../pickle/machine.ts';
import { JoblibWorld } from './joblib-world.ts';

/** Thrown where the first bytes are used up, which is no fault of theirs. */
class MoreIsNeeded extends Error {}

/** First bytes of a file: how many follow is not known. */
class HeadReader extends ByteReader {
  override get remaining(): number {
    return Number.POSITIVE_INFINITY;
  }

  override advance(length: number): number {
    if (length > this.bytes.length - this.position) throw new MoreIsNeeded();
    return super.advance(length);
  }

  override line(): Uint8Array {
    if (this.bytes.indexOf(10, this.position) < 0) throw new MoreIsNeeded();
    return super.line();
  }
}

/**
 * Reads the first bytes of a pickle as the whole will be read. Returns how many of them are the pickle where it ends among
 * them, undefined where it goes on behind them.
 * @param budgetBytes for what they may make, at least what the whole file will get
 * @throws LoadError as the whole file would
 */
export function readFirstBytes(head: Uint8Array, budgetBytes: number): number | undefined {
  const reader = new HeadReader(head);
  try {
    unpickle(reader, new JoblibWorld(new Set()), new Budget(budgetBytes));
    return reader.position;
  } catch (error) {
    if (error instanceof MoreIsNeeded) return undefined;
    throw error;
  }
}
