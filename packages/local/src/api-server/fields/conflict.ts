import { ApiFailure } from '../failure.ts';
import { shownPath } from './field-set.ts';
import type { Owner } from './managed-fields.ts';

/** Fields that would change and who owns them. */
interface Conflict {
  readonly owner: Owner;
  readonly paths: readonly (readonly string[])[];
}

/** The failure of an apply, in the words of Kubernetes, which kubectl reads. */
export function conflictOf(conflicts: readonly Conflict[]): ApiFailure {
  const sorted = [...conflicts].sort((a, b) => (orderOf(a.owner) < orderOf(b.owner) ? -1 : 1));
  const causes = sorted.flatMap(({ owner, paths }) =>
    paths.map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${shownOwner(owner)}`,
      field: shownPath(path),
    })),
  );
  const [first] = causes;
  const text =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`
      : `Apply failed with ${causes.length} conflicts: ${sorted.map(listOf).join('\n')}`;
  return new ApiFailure(409, 'Conflict', text, { causes });
}

/** Kubernetes sorts by an identifier that begins so. */
function orderOf({ manager, operation, subresource }: Owner): string {
  return JSON.stringify([manager, operation, subresource ?? '']);
}

function listOf({ owner, paths }: Conflict): string {
  return [`conflicts with ${shownOwner(owner)}:`, ...paths.map((path) => `- ${shownPath(path)}`)].join('\n');
}

function shownOwner({ manager, operation, apiVersion, subresource }: Owner): string {
  const part = subresource === undefined ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}
