import { LoadError } from '@berth/inference';
import type { NdArray } from '../numpy/ndarray.ts';

/** Turns labels into their positions among `classes`; -1 for a label that is not there. */
export class LabelIndex {
  private readonly positions = new Map<unknown, number>();

  constructor(classes: NdArray) {
    for (let i = 0; i < classes.data.length; i++) this.positions.set(plain(classes.data[i]), i);
  }

  /** Position of each label. */
  of(labels: NdArray): Int32Array {
    const out = new Int32Array(labels.data.length);
    for (let i = 0; i < out.length; i++) out[i] = this.positions.get(plain(labels.data[i])) ?? -1;
    return out;
  }

  /** As {@link of}, at load time. @throws LoadError CorruptModel for a label that is not there. */
  require(labels: NdArray, where: string): Int32Array {
    const out = this.of(labels);
    if (out.includes(-1)) throw new LoadError('CorruptModel', `${where} knows a class that the ensemble does not`);
    return out;
  }
}

/** int64, float and bool labels compare by value, as in Python. */
function plain(label: unknown): unknown {
  return typeof label === 'bigint' || typeof label === 'boolean' ? Number(label) : label;
}
