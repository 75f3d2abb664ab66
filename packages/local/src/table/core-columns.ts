import { at, type Cell, type Column, cell, column, countAt, wide } from './column.ts';
import { AGE, NAME } from './common-columns.ts';

const UNSET = '<unset>';

export const NAMESPACE: readonly Column[] = [
  NAME,
  column('Status', 'Active or Terminating.', (o) => cell(at(o, 'status', 'phase')) ?? 'Active'),
  AGE,
];

export const SECRET: readonly Column[] = [
  NAME,
  column('Type', 'What the Secret is for.', (o) => cell(at(o, 'type')) ?? 'Opaque'),
  column('Data', 'How many keys it has.', (o) => countAt(o, 'data')),
  AGE,
];

export const CONFIG_MAP: readonly Column[] = [
  NAME,
  column('Data', 'How many keys it has.', (o) => countAt(o, 'data') + countAt(o, 'binaryData')),
  AGE,
];

export const SERVICE_ACCOUNT: readonly Column[] = [
  NAME,
  column('Secrets', 'How many Secrets it names.', (o) => countAt(o, 'secrets')),
  AGE,
];

export const VOLUME_CLAIM: readonly Column[] = [
  NAME,
  column('Status', 'Bound once its folder is there.', (o) => cell(at(o, 'status', 'phase'))),
  column('Volume', 'What it is bound to.', (o) => cell(at(o, 'spec', 'volumeName')) ?? ''),
  column('Capacity', 'How much fits.', (o) => cell(at(o, 'status', 'capacity', 'storage')) ?? ''),
  column('Access Modes', 'Who may write.', accessModes),
  column('StorageClass', 'The class that was asked for.', (o) => cell(at(o, 'spec', 'storageClassName')) ?? ''),
  column(
    'VolumeAttributesClass',
    'The class of attributes.',
    (o) => cell(at(o, 'spec', 'volumeAttributesClassName')) ?? UNSET,
  ),
  AGE,
  wide('VolumeMode', 'Filesystem or Block.', (o) => cell(at(o, 'spec', 'volumeMode')) ?? 'Filesystem'),
];

const SHORT_MODES: ReadonlyMap<unknown, string> = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]);

function accessModes(claim: unknown): Cell {
  const modes = at(claim, 'status', 'accessModes') ?? at(claim, 'spec', 'accessModes');
  return Array.isArray(modes) ? modes.map((mode) => SHORT_MODES.get(mode) ?? String(mode)).join(',') : '';
}
