import { stringify } from 'yaml';

/** A plain value as YAML that kubectl reads back the same: what looks like another type is quoted. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0 });
}
