import type { Inspection } from '@berth/formats';
import type { TensorSpec } from '@berth/inference';
import { printable } from './io.ts';

/** What `berth inspect` prints of one model. */
export function describeInspection(label: string, path: string, inspection: Inspection): string {
  const rows: [string, string][] = [
    ['file', path],
    ['format', inspection.format],
    ['holds', inspection.summary],
  ];
  if (inspection.libraryVersion !== undefined)
    rows.push(['saved by', `${inspection.format} ${inspection.libraryVersion}`]);
  rows.push(['size', formatBytes(inspection.sizeBytes)]);
  const { model } = inspection;
  if (model !== undefined) {
    rows.push(['inputs', model.inputs.map(describeTensor).join('\n')]);
    if (model.columns !== undefined) rows.push(['columns', shorten(model.columns)]);
    const defaults = new Set(model.defaultOutputs);
    rows.push([
      'outputs',
      model.outputs.map((one) => `${describeTensor(one)}${defaults.has(one.name) ? '  (default)' : ''}`).join('\n'),
    ]);
    if (model.classes !== undefined) rows.push(['classes', shorten(model.classes)]);
    for (const [name, value] of model.properties) if (!SHOWN.has(name)) rows.push([name, value]);
  }
  for (const warning of inspection.warnings) rows.push(['warning', warning]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const body = rows.map(([name, value]) => {
    const lines = printable(value).split('\n');
    return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}\n`).join('');
  });
  return `${printable(label)}\n${body.join('')}`;
}

/** Properties that have a row of their own. */
const SHOWN: ReadonlySet<string> = new Set(['summary', 'library_version']);

function describeTensor(tensor: TensorSpec): string {
  return `${tensor.name}  ${tensor.datatype} [${tensor.shape.join(', ')}]`;
}

function shorten(names: readonly string[]): string {
  return names.length <= 20 ? names.join(', ') : `${names.slice(0, 20).join(', ')}, … (${names.length})`;
}

/** A size for people. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
