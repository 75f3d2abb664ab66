import assert from 'node:assert/strict';
import { it } from 'node:test';
import { KINDS } from '../../kinds/kind-info.ts';
import { definitions } from '../definitions.ts';
import { CONTAINER_FIELDS } from './container-fields.ts';
import { CORE_FIELDS } from './core-fields.ts';
import { describeKind } from './describe.ts';
import { SERVING_FIELDS } from './serving-fields.ts';

it('every kind is described', () => {
  for (const { kind } of KINDS) assert.ok(describeKind(kind), kind);
});

it('every described field exists', () => {
  const fields = new Set<string>();
  for (const [name, { properties }] of definitions(KINDS)) {
    for (const field of Object.keys(properties ?? {})) {
      fields.add(field).add(`${name.slice(name.lastIndexOf('.') + 1)}.${field}`);
    }
  }
  const described = [...SERVING_FIELDS, ...CONTAINER_FIELDS, ...CORE_FIELDS].map(([field]) => field);
  assert.deepEqual(
    described.filter((field) => !fields.has(field)),
    [],
  );
  assert.equal(new Set(described).size, described.length, 'each is described once');
});
