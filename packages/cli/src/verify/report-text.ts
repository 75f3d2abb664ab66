import { printable } from '../terminal/io.ts';
import type { VerifyReport } from './report.ts';

/** Columns of the mismatching row that people are shown. */
const MAX_SHOWN_COLUMNS = 40;

/** A report for people. */
export function reportText(report: VerifyReport): string {
  const rows: [string, string][] = [
    ['model', modelLine(report)],
    ['berth', report.berth.version],
  ];
  if (report.python !== undefined) rows.push(['python', pythonLine(report.python)]);
  for (const warning of report.warnings) rows.push(['warning', warning]);
  if (report.rows !== undefined) rows.push(['rows', rowsLine(report.rows)]);
  for (const refusal of report.refusals ?? []) {
    const who = { both: 'both refuse', berth: 'only Berth refuses', library: 'only the library refuses' }[refusal.by];
    rows.push([`row ${refusal.row}`, `${who}: ${refusal.reason.replaceAll(/\s+/g, ' ').slice(0, 300)}`]);
  }
  for (const output of report.outputs ?? []) rows.push([output.name, outputLine(output)]);
  if (report.firstMismatch !== undefined) rows.push(['first mismatch', mismatchText(report.firstMismatch)]);
  if (report.speed !== undefined) {
    const { berthRowsPerSecond: berth, libraryRowsPerSecond: library } = report.speed;
    rows.push(['speed', `Berth ${count(berth)} rows/s, the library ${count(library)} rows/s (as an aside)`]);
  }
  if (report.failure !== undefined) {
    const { message, details } = report.failure;
    rows.push(['failure', details === undefined || details === '' ? message : `${message}\n${details}`]);
  }
  rows.push(['verdict', verdictLine(report)]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, value]) =>
      printable(value)
        .split('\n')
        .map((line, index) => `${(index === 0 ? printable(name) : '').padEnd(width)}  ${line}`.trimEnd()),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function modelLine({ model, python }: VerifyReport): string {
  const { path, summary, format, savedBy, runsCode } = model;
  const saved = savedBy === undefined ? '' : `, saved by ${savedBy}`;
  const code = runsCode
    ? `a pickle: the Python process ${python?.class === undefined ? 'may have run' : 'ran'} code from the model (Berth did not)`
    : 'the Python process read it as data: no code of the model was run';
  // One that never said its version came to no model.
  return `${path}\n${summary ?? format}${saved}${python?.version === undefined ? '' : `\n${code}`}`;
}

function pythonLine({ executable, why, version, packages }: NonNullable<VerifyReport['python']>): string {
  const parts = Object.entries(packages ?? {}).map(([name, one]) => `${NAMES.get(name) ?? name} ${one}`);
  return `${executable} (${why})${version === undefined ? '' : `\nPython ${[version, ...parts].join(', ')}`}`;
}

const NAMES: ReadonlyMap<string, string> = new Map([['sklearn', 'scikit-learn']]);

function rowsLine(rows: NonNullable<VerifyReport['rows']>): string {
  const source =
    rows.source === 'file' ? `of ${rows.path}` : `made up from the model's file (seed ${rows.seed}), not real data`;
  const more = [
    [rows.mismatching, 'differ'],
    [rows.refusedByBoth, 'refused by both'],
    [rows.refusedByBerth, 'refused by Berth alone'],
    [rows.refusedByLibrary, 'refused by the library alone'],
    [rows.notAsked, 'not asked any more'],
    [rows.unreadable, 'can not be read'],
  ]
    .filter(([number, what]) => number !== 0 || what === 'differ')
    .map(([number, what]) => `${count(number as number)} ${what}`);
  return `${count(rows.compared)} compared, ${more.join(', ')}; ${source}`;
}

function outputLine(output: NonNullable<VerifyReport['outputs']>[number]): string {
  if (!output.compared) return `not compared: ${output.skipped}`;
  const { values = 0, mismatches = 0, tolerance, largestAbsolute: absolute, largestRelative: relative } = output;
  const head = `${count(values)} values, ${count(mismatches)} differ`;
  if (tolerance === undefined || tolerance === 'exact') return `${head}; must be the same`;
  const at = (one: typeof absolute) =>
    one === undefined ? 'none' : `${short(one.difference)}${one.difference === 0 ? '' : ` (${place(one)})`}`;
  return (
    `${head}; largest difference ${at(absolute)}, relative ${at(relative)}\n` +
    `within ${exponent(tolerance.rtol)} relative or ${exponent(tolerance.atol)}: ${tolerance.reason}`
  );
}

function place(one: { row: number; column?: string; berth: unknown; library: unknown }): string {
  const column = one.column === undefined ? '' : `, column ${one.column}`;
  return `row ${one.row}${column}: ${String(one.berth)} and ${String(one.library)}`;
}

function mismatchText(first: NonNullable<VerifyReport['firstMismatch']>): string {
  const column = first.column === undefined ? '' : `, column ${first.column}`;
  const names = Object.keys(first.input);
  const shown = Object.fromEntries(names.slice(0, MAX_SHOWN_COLUMNS).map((name) => [name, first.input[name]]));
  const more = names.length > MAX_SHOWN_COLUMNS ? ` … ${names.length - MAX_SHOWN_COLUMNS} more columns` : '';
  return (
    `${first.output}, row ${first.row}${column}\n` +
    `Berth        ${JSON.stringify(first.berth)}\nthe library  ${JSON.stringify(first.library)}\n` +
    `input        ${JSON.stringify(shown)}${more}`
  );
}

function verdictLine({ verdict, exitCode, rows }: VerifyReport): string {
  const text = {
    equal: `equal: Berth answers what the library answers${rows?.source === 'made-up' ? ', for the made-up rows' : ''}`,
    different: 'different',
    'not-compared': 'nothing was compared',
    incomplete: 'incomplete: not all rows were compared',
  }[verdict];
  return `${text} (exit code ${exitCode})`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function exponent(value: number): string {
  return value !== 0 && value < 1e-3 ? value.toExponential() : String(value);
}

function short(value: number | string): string {
  return typeof value === 'number' && value !== 0 ? value.toPrecision(3) : String(value);
}
