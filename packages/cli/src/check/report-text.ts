import { alignColumns } from '../resources/print-table.ts';
import { printable } from '../terminal/io.ts';
import type { CheckReport, Place, ServiceCheck } from './service-check.ts';

/** The report for people: a table, what is to say of each service, the summary. */
export function reportText(report: CheckReport): string {
  const rows = report.services.map((one) => [
    one.name === '' ? '(no name)' : one.name,
    one.namespace,
    one.predictors[0]?.runtime?.name ?? (isOwnContainer(one) ? '(own container)' : ''),
    one.verdict,
    noteOf(one),
  ]);
  const header = ['NAME', 'NAMESPACE', 'RUNTIME', 'VERDICT', 'NOTES'];
  const table = rows.length === 0 ? '' : alignColumns([header, ...rows].map((row) => row.map(oneLine)));
  const details = report.services.map(detailsOf).filter((text) => text !== '');
  const others = report.others.filter((one) => one.use === 'not-served' || one.use === 'left-out');
  const rest = others
    .map((one) => `${oneLine(`${one.kind} ${one.name}`)}${at(one)}: ${OTHER_TEXT[one.use]}\n`)
    .join('');
  return `${[table, ...details, rest].filter((text) => text !== '').join('\n')}${table === '' && rest === '' ? '' : '\n'}${report.summary.text}\n`;
}

const OTHER_TEXT = {
  used: 'used',
  'not-served': 'is checked; nothing acts on it yet',
  'left-out': 'is of a kind that Berth does not know, and is left out',
  invalid: 'is invalid',
} as const;

/** A predictor without a runtime that has a plan brings its own. */
function isOwnContainer({ predictors }: ServiceCheck): boolean {
  return predictors[0]?.runner !== undefined;
}

/** What fits into the table: the first thing that keeps the service from running, else how much there is to say. */
function noteOf(service: ServiceCheck): string {
  const blocked = service.predictors.find((one) => one.verdict === service.verdict);
  const runner = blocked?.runner;
  const what =
    runner?.kind === 'container' && service.verdict === 'needs-image'
      ? runner.image
      : runner?.kind === 'command' && service.verdict.startsWith('needs-')
        ? runner.program
        : (blocked?.reason ?? service.remarks.find((one) => one.severity === 'error')?.field ?? '');
  const fields = service.notHonoured.length;
  const count = fields === 0 ? '' : `${fields} ${fields === 1 ? 'field' : 'fields'} without effect`;
  return [what, count].filter((text) => text !== '').join('; ');
}

function detailsOf(service: ServiceCheck): string {
  const lines: string[] = [];
  for (const one of service.predictors) {
    const about = one.variant === undefined ? '' : `canary ${one.variant}: `;
    if (one.because !== '') lines.push(`${about}${one.because}`);
    if (one.message !== undefined)
      lines.push(`${about}${one.reason === undefined ? '' : `${one.reason}: `}${one.message}`);
    for (const need of one.needs) {
      if (need.kind !== 'Image' && need.kind !== 'Program')
        lines.push(`${about}needs ${need.kind} ${need.name}: ${need.what}`);
    }
    for (const text of one.unknown) lines.push(`${about}not known without the file: ${text}`);
  }
  for (const one of service.notHonoured) lines.push(`without effect: ${one.field}${at(one)}: ${one.why}`);
  for (const one of service.remarks) {
    const hint = one.hint === undefined || one.hint.includes('\n') ? '' : ` (${one.hint})`;
    lines.push(`${one.severity}: ${one.message}${at(one)}${hint}`);
  }
  if (lines.length === 0) return '';
  const title = `${service.namespace}/${service.name === '' ? '(no name)' : service.name}`;
  return `${oneLine(title)}${at(service)}\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

function at(place: Place): string {
  if (place.line === undefined) return place.file === undefined ? '' : ` at ${oneLine(place.file)}`;
  return ` at ${oneLine(place.file ?? '(input)')}:${place.line}:${place.column ?? 1}`;
}

/** A line stays one, whatever a file says. */
function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, ' ').trim();
}
