import { LoadError } from '@berth/inference';
import { CategorySets } from './category-sets.ts';
import { type CategoryRule, Forest } from './forest.ts';
import { GrowingArray } from './growing-array.ts';
import type { TreeSource } from './tree-source.ts';

/** What all trees of a forest share. */
export interface ForestOptions {
  /** Number of columns; a split on another is refused. */
  readonly numFeatures: number;
  /** Outputs that one leaf holds. */
  readonly leafSize: number;
  readonly categoryRule: CategoryRule;
}

const integers = () => new GrowingArray((length) => new Int32Array(length));
const numbers = () => new GrowingArray((length) => new Float64Array(length));

/** Lays trees out for {@link Forest}, and refuses what would hang or read outside its arrays. */
export class ForestBuilder {
  readonly #options: ForestOptions;
  readonly #child = integers();
  readonly #feature = integers();
  readonly #threshold = numbers();
  readonly #missingLeft = new GrowingArray((length) => new Uint8Array(length));
  /** One more than the set's number; 0 for splits without. */
  readonly #categorySet = integers();
  readonly #leafValues = numbers();
  readonly #roots: number[] = [];
  readonly #depths: number[] = [];
  readonly #firstLeaves: number[] = [];
  readonly #groups: number[] = [];
  readonly #categories = new CategorySets();
  #hasCategories = false;

  constructor(options: ForestOptions) {
    this.#options = options;
  }

  /**
   * Adds a tree whose leaves count for output `group`. Nodes are laid out level by level, so that the two children of
   * a split are neighbours.
   * @throws LoadError CorruptModel that names the tree and the node.
   */
  add(source: TreeSource, group: number): void {
    const tree = this.#roots.length;
    const leafBase = this.#leafValues.extend(source.leafValues.length);
    this.#leafValues.data.set(source.leafValues, leafBase);
    const firstLeaf = leafBase / this.#options.leafSize;
    const setBase = source.categories === undefined ? 0 : this.#categories.append(source.categories);
    const base = this.#extend(1);
    const count = source.left.length;
    const order = new Int32Array(count);
    const seen = new Uint8Array(count);
    let reached = 1;
    let depth = 0;
    seen[0] = 1;
    for (let at = 0, levelEnd = 1; at < reached; at++) {
      if (at === levelEnd) {
        depth++;
        levelEnd = reached;
      }
      const node = order[at];
      const target = base + at;
      if (source.left[node] === -1) {
        this.#child.data[target] = ~(firstLeaf + this.#checkLeaf(source, tree, node));
        continue;
      }
      this.#checkSplit(source, tree, node);
      // Before anything is written: the arrays may move when they grow.
      const left = this.#extend(2);
      this.#child.data[target] = left;
      this.#feature.data[target] = source.feature[node];
      this.#threshold.data[target] = source.threshold[node];
      this.#missingLeft.data[target] = source.missingLeft[node];
      const set = source.categorySet?.[node] ?? -1;
      if (set >= 0) {
        this.#hasCategories = true;
        this.#categorySet.data[target] = setBase + set + 1;
      }
      order[reached] = visit(seen, source.left[node], tree);
      order[reached + 1] = visit(seen, source.right[node], tree);
      reached += 2;
    }
    this.#roots.push(base);
    this.#groups.push(group);
    this.#firstLeaves.push(firstLeaf);
    this.#depths.push(depth);
  }

  /** The forest of all trees that were added; `kernel` as {@link Forest} takes it. */
  build(kernel?: ConstructorParameters<typeof Forest>[1]): Forest {
    const layout = {
      child: this.#child.finish(),
      feature: this.#feature.finish(),
      threshold: this.#threshold.finish(),
      missingLeft: this.#missingLeft.finish(),
      roots: Int32Array.from(this.#roots),
      depths: Int32Array.from(this.#depths),
      groups: Int32Array.from(this.#groups),
      leafValues: this.#leafValues.finish(),
      leafSize: this.#options.leafSize,
      firstLeaves: Int32Array.from(this.#firstLeaves),
      categorySet: this.#hasCategories ? this.#categorySet.finish().map((set) => set - 1) : undefined,
      categories: this.#categories,
      categoryRule: this.#options.categoryRule,
    };
    return new Forest(layout, kernel);
  }

  /** Room for `count` nodes; answers the first. */
  #extend(count: number): number {
    this.#feature.extend(count);
    this.#threshold.extend(count);
    this.#missingLeft.extend(count);
    this.#categorySet.extend(count);
    return this.#child.extend(count);
  }

  #checkLeaf(source: TreeSource, tree: number, node: number): number {
    const leaf = source.leaf[node];
    const { leafSize } = this.#options;
    if (leaf < 0 || (leaf + 1) * leafSize > source.leafValues.length) {
      throw damaged(tree, node, `is leaf ${leaf}, which has no value`);
    }
    for (let k = leaf * leafSize; k < (leaf + 1) * leafSize; k++) {
      if (Number.isNaN(source.leafValues[k])) throw damaged(tree, node, 'is a leaf whose value is NaN');
    }
    return leaf;
  }

  #checkSplit(source: TreeSource, tree: number, node: number): void {
    const count = source.left.length;
    const left = source.left[node];
    const right = source.right[node];
    if (left < 0 || left >= count || right < 0 || right >= count) {
      const [side, child] = left < 0 || left >= count ? ['left', left] : ['right', right];
      throw damaged(tree, node, `has the ${side} child ${child}, outside its ${count} nodes`);
    }
    const feature = source.feature[node];
    const { numFeatures } = this.#options;
    if (feature < 0 || feature >= numFeatures) {
      const columns = `${numFeatures} columns (0 to ${numFeatures - 1})`;
      throw damaged(tree, node, `splits on column ${feature}, but the model has ${columns}`);
    }
    if (Number.isNaN(source.threshold[node]) && (source.categorySet?.[node] ?? -1) < 0) {
      throw damaged(tree, node, 'has the threshold NaN');
    }
  }
}

/** Marks a node as reached, which no other split may do: the walks of a tree must end. */
function visit(seen: Uint8Array, node: number, tree: number): number {
  if (seen[node] === 1) throw damaged(tree, node, 'is reached twice: its parents form a cycle or share a child');
  seen[node] = 1;
  return node;
}

function damaged(tree: number, node: number, what: string): LoadError {
  return new LoadError('CorruptModel', `tree ${tree}, node ${node} ${what}; the file is damaged, save the model again`);
}
