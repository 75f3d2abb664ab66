import type { TreeSource } from '../trees/tree-source.ts';
import type { CategoryContainer } from './category-container.ts';
import type { DocumentValue } from './document.ts';

/** Major, minor and patch of the release that wrote a file; binary files do not tell the patch. */
export type Version = readonly [major: number, minor: number, patch: number | undefined];

/** What an XGBoost file says, whatever its encoding. */
export interface XgboostFile {
  readonly encoding: 'json' | 'ubjson' | 'binary';
  /** Undefined where the file has none: the binary files of releases before 1.0. */
  readonly version: Version | undefined;
  readonly objective: string;
  readonly boosterName: string;
  readonly numFeatures: number;
  readonly numClass: number;
  readonly numTargets: number;
  /** One value, or one for each output. */
  readonly baseScore: readonly number[];
  /** Releases before 1.0 stored the base score after the objective's link. */
  readonly baseScoreIsMargin: boolean;
  readonly featureNames: readonly string[];
  readonly featureTypes: readonly string[];
  readonly attributes: ReadonlyMap<string, string>;
  /** Training settings that a pickled booster has beside its model. */
  readonly config?: DocumentValue;
  readonly model: TreeModel | LinearModel;
}

/** Boosters gbtree and dart. */
export interface TreeModel {
  readonly kind: 'trees';
  readonly trees: readonly TreeSource[];
  /** Output group of each tree. */
  readonly treeInfo: ArrayLike<number>;
  /** Outputs that one leaf holds: more than 1 for multi-output trees. */
  readonly leafSize: number;
  /** First tree of each boosting round and the end of the last, where the file has it. */
  readonly iterationStarts?: ArrayLike<number>;
  readonly parallelTrees: number;
  /** Weight of each tree (dart). */
  readonly weightDrop?: ArrayLike<number>;
  /** Categories of the training columns (XGBoost 3.1 and newer). */
  readonly categories?: CategoryContainer;
}

/** Booster gblinear: `weights[column * outputs + output]`, then one bias for each output. */
export interface LinearModel {
  readonly kind: 'linear';
  readonly weights: Float32Array;
}

/** Whether `version` is at least `major.minor`; unknown versions are older than all. */
export function isAtLeast(version: Version | undefined, major: number, minor: number): boolean {
  if (version === undefined) return false;
  return version[0] > major || (version[0] === major && version[1] >= minor);
}
