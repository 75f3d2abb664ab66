import type { ModelMetadata } from '@berth/inference';

const TABLE_PLATFORMS: ReadonlySet<string> = new Set(['sklearn', 'xgboost', 'lightgbm', 'pmml']);

/** Whether the model takes the rows of a table, each on its own; others take tensors as they declare them. */
export function isTableModel(metadata: ModelMetadata): boolean {
  return TABLE_PLATFORMS.has(metadata.platform);
}
