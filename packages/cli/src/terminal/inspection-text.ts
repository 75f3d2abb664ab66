import type { ModelReport, ModelStep, SafetyReport } from '@berth/formats';
import type { TensorSpec } from '@berth/inference';
import { printable } from './io.ts';

/** What `berth inspect` prints of one model. */
export function inspectionText(report: ModelReport): string {
  const { library, model } = report;
  const rows: [string, string][] = [
    ['file', report.path],
    ['format', report.format ?? 'none that is known'],
  ];
  if (report.summary !== undefined) rows.push(['holds', report.summary]);
  if (library !== undefined)
    rows.push(['saved by', library.name === 'producer' ? library.version : `${library.name} ${library.version}`]);
  rows.push(['size', formatBytes(report.sizeBytes)]);
  if (report.steps?.steps !== undefined) rows.push(['steps', stepLines(report.steps, 0).join('\n')]);
  if (model !== undefined) {
    rows.push(['inputs', model.inputs.map(describeTensor).join('\n')]);
    if (model.columns !== undefined) rows.push(['columns', shorten(model.columns)]);
    const defaults = new Set(model.defaultOutputs);
    rows.push([
      'outputs',
      model.outputs.map((one) => `${describeTensor(one)}${defaults.has(one.name) ? '  (default)' : ''}`).join('\n'),
    ]);
    if (model.classes !== undefined) rows.push(['classes', shorten(model.classes)]);
    if (report.operators !== undefined) {
      rows.push(['operators', shorten(report.operators.map(({ name, count }) => `${name} ×${count}`))]);
    }
    for (const [name, value] of model.properties) if (!SHOWN.has(name)) rows.push([name, value]);
  }
  if (report.samples?.v1 !== undefined) rows.push(['v1 request', sample(report.samples.v1)]);
  if (report.samples?.v2 !== undefined) rows.push(['v2 request', sample(report.samples.v2)]);
  rows.push(['safety', safetyText(report.safety, report.format !== undefined)]);
  for (const warning of report.warnings) rows.push(['warning', warning]);
  if (report.error !== undefined) rows.push(['not served', `${report.error.reason}: ${report.error.message}`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const body = rows.map(([name, value]) => {
    const lines = printable(value).split('\n');
    return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(width)}  ${line}\n`).join('');
  });
  const label = report.version === undefined ? report.name : `${report.name}, version ${report.version}`;
  return `${printable(label)}\n${body.join('')}`;
}

/** The report as `-o json` and `-o yaml` print it; fields are added within a schema version, never taken away. */
export function inspectionJson(report: ModelReport): Record<string, unknown> {
  const { model, error, ...facts } = report;
  const properties = Object.fromEntries(model?.properties ?? []);
  return {
    schemaVersion: 1,
    ...facts,
    ...(model === undefined ? {} : { ...model, properties }),
    supported: error === undefined,
    ...(error === undefined ? {} : { error }),
  };
}

/** Properties that have a row of their own. */
const SHOWN: ReadonlySet<string> = new Set(['summary', 'library_version', 'scikit-learn', 'producer']);
/** A request that fits on a screen. */
const MAX_SAMPLE = 2000;

function sample(body: unknown): string {
  const text = JSON.stringify(body);
  return text.length <= MAX_SAMPLE ? text : `${text.slice(0, MAX_SAMPLE)}… (-o json has it whole)`;
}

function stepLines(step: ModelStep, depth: number): string[] {
  const name = step.name === undefined ? '' : `${step.name}: `;
  const columns = step.columns === undefined ? '' : ` of ${shorten(step.columns)}`;
  const members = step.members === undefined ? '' : ` (${step.members} members)`;
  const own = `${'  '.repeat(depth)}${name}${step.class}${columns}${members}`;
  return [own, ...(step.steps ?? []).flatMap((one) => stepLines(one, depth + 1))];
}

/** The verdict, then each name that is not known with what it could do, then those that are. */
function safetyText({ verdict, pickles, globals, notes }: SafetyReport, isKnown: boolean): string {
  if (verdict === 'no-code') {
    return isKnown
      ? 'no pickle in it: reading it runs nothing in any program'
      : 'no pickle in it; whether a program that knows its format runs something of it was not looked for';
  }
  const refused = globals.filter((one) => one.status === 'refused');
  const allowed = globals.filter((one) => one.status === 'allowed');
  const count = `${pickles} ${pickles === 1 ? 'pickle names' : 'pickles name'} ${globals.length} things`;
  const lines = [
    verdict === 'safe'
      ? `safe: ${count}, all of them known and read as data`
      : refused.length > 0
        ? `UNSAFE to unpickle: ${count}, ${refused.length} of them not known`
        : pickles === 0
          ? 'not known to be safe'
          : `not known to be safe: ${count}, all of them known, but not all of the file can be judged`,
  ];
  for (const { name, called, could, file } of refused) {
    const where = file === undefined ? '' : ` in ${file}`;
    lines.push(`refused  ${name}${where} ${called ? '(called)' : '(named)'}: ${could ?? 'not known'}`);
  }
  for (const note of notes) lines.push(`note     ${note}`);
  for (const { name, file } of allowed) lines.push(`known    ${name}${file === undefined ? '' : ` in ${file}`}`);
  return lines.map((line) => line.replaceAll(/[\n\t]/g, ' ').slice(0, 500)).join('\n');
}

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
