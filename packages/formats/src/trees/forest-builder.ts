import { LoadError } from '@berth/inference';
import { CategorySets } from './category-sets.ts';
import { type CategoryRule, Forest } from './forest.ts';
import type { TreeSource } from './tree-source.ts';

/** What all trees of a forest share. */
export interface ForestOptions {
  /** Number of columns; a split on another is refused. */
  readonly numFeatures: number;
  /** Outputs that one leaf holds. */
  readonly leafSize: number;
  readonly categoryRule: CategoryRule;
}

/** Lays trees out for {@link Forest}, and refuses what would hang or read outside its arrays. */
export class ForestBuilder {
  readonly #options: ForestOptions;
  readonly #child: number[] = [];
  readonly #feature: number[] = [];
  readonly #threshold: number[] = [];
  readonly #missingLeft: number[] = [];
  readonly #categorySet: number[] = [];
  readonly #roots: number[] = [];
  readonly #depths: number[] = [];
  readonly #firstLeaves: number[] = [];
  readonly #groups: number[] = [];
  readonly #leafValues: number[] = [];
  readonly #categories = new CategorySets();
  #hasCategories = false;

  constructor(options: ForestOptions) {
    this.#options = options;
  }

  /**
   * Adds a tree whose leaves count for output `group`.
   * @throws LoadError CorruptModel that names the tree and the node.
   */
  add(source: TreeSource, group: number): void {
    const tree = this.#roots.length;
    const base = this.#child.length;
    const leafBase = this.#leafValues.length / this.#options.leafSize;
    const setBase = source.categories === undefined ? 0 : this.#categories.append(source.categories);
    for (const value of source.leafValues) this.#leafValues.push(value);
    this.#roots.push(base);
    this.#firstLeaves.push(leafBase);
    this.#groups.push(group);
    this.#reserve();
    const seen = new Uint8Array(source.left.length);
    let depth = 0;
    let level: [source: number, target: number][] = [[0, base]];
    for (; level.length > 0; depth++) {
      const below: [number, number][] = [];
      for (const [node, target] of level) {
        if (seen[node]) fail(tree, node, 'is reached twice: its parents form a cycle or share a child');
        seen[node] = 1;
        if (source.left[node] === -1) {
          this.#child[target] = ~(leafBase + this.#checkLeaf(source, tree, node));
          continue;
        }
        this.#checkSplit(source, tree, node);
        const left = this.#child.length;
        this.#reserve();
        this.#reserve();
        this.#child[target] = left;
        this.#feature[target] = source.feature[node];
        this.#threshold[target] = source.threshold[node];
        this.#missingLeft[target] = source.missingLeft[node];
        const set = source.categorySet?.[node] ?? -1;
        if (set >= 0) {
          this.#hasCategories = true;
          this.#categorySet[target] = setBase + set;
        }
        below.push([source.left[node], left], [source.right[node], left + 1]);
      }
      level = below;
    }
    this.#depths.push(depth - 1);
  }

  /** The forest of all trees that were added; `kernel` as {@link Forest} takes it. */
  build(kernel?: ConstructorParameters<typeof Forest>[1]): Forest {
    const layout = {
      child: Int32Array.from(this.#child),
      feature: Int32Array.from(this.#feature),
      threshold: Float64Array.from(this.#threshold),
      missingLeft: Uint8Array.from(this.#missingLeft),
      roots: Int32Array.from(this.#roots),
      depths: Int32Array.from(this.#depths),
      groups: Int32Array.from(this.#groups),
      leafValues: Float64Array.from(this.#leafValues),
      leafSize: this.#options.leafSize,
      firstLeaves: Int32Array.from(this.#firstLeaves),
      categorySet: this.#hasCategories ? Int32Array.from(this.#categorySet) : undefined,
      categories: this.#categories,
      categoryRule: this.#options.categoryRule,
    };
    return new Forest(layout, kernel);
  }

  #reserve(): void {
    this.#child.push(0);
    this.#feature.push(0);
    this.#threshold.push(0);
    this.#missingLeft.push(0);
    this.#categorySet.push(-1);
  }

  #checkLeaf(source: TreeSource, tree: number, node: number): number {
    const leaf = source.leaf[node];
    const { leafSize } = this.#options;
    if (leaf < 0 || (leaf + 1) * leafSize > source.leafValues.length)
      fail(tree, node, `is leaf ${leaf}, which has no value`);
    for (let k = 0; k < leafSize; k++) {
      if (Number.isNaN(source.leafValues[leaf * leafSize + k])) fail(tree, node, 'is a leaf whose value is NaN');
    }
    return leaf;
  }

  #checkSplit(source: TreeSource, tree: number, node: number): void {
    const count = source.left.length;
    for (const [side, next] of [
      ['left', source.left[node]],
      ['right', source.right[node]],
    ] as const) {
      if (next < 0 || next >= count) fail(tree, node, `has the ${side} child ${next}, outside its ${count} nodes`);
    }
    const feature = source.feature[node];
    const { numFeatures } = this.#options;
    if (feature < 0 || feature >= numFeatures) {
      fail(
        tree,
        node,
        `splits on column ${feature}, but the model has ${numFeatures} columns (0 to ${numFeatures - 1})`,
      );
    }
    const categorical = (source.categorySet?.[node] ?? -1) >= 0;
    if (!categorical && Number.isNaN(source.threshold[node])) fail(tree, node, 'has the threshold NaN');
  }
}

function fail(tree: number, node: number, what: string): never {
  throw new LoadError('CorruptModel', `tree ${tree}, node ${node} ${what}; the file is damaged, save the model again`);
}
