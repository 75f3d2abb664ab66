/**
 * `npm run bench -- <scenario …>`: the peers and Berth on this machine in one run, one table, and JSON under
 * bench/results. Scenarios: iris, grpc, forest, xgboost, rows, start, trees, gateway, platform, many, install, score, or `all`.
 * `--seconds 3 --rounds 3`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './process.ts';
import { ALONE, type Figure, prepare, SCENARIOS } from './scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '16' },
  },
});
const names = positionals.length === 0 || positionals.includes('all') ? [...SCENARIOS.keys()] : positionals;
const unknown = names.filter((name) => !SCENARIOS.has(name));
if (unknown.length > 0) {
  console.error(`no scenario ${unknown.join(', ')}; there are ${[...SCENARIOS.keys()].join(', ')}, all`);
  process.exit(2);
}
const settings = {
  durationMs: Number(values.seconds) * 1000,
  rounds: Number(values.rounds),
  connections: Number(values.connections),
};
console.log(
  `${machine()}; load: bench/load (closed loop, ${settings.connections} connections), medians of ${settings.rounds} rounds`,
);
const context = names.every((name) => ALONE.has(name)) ? { ...settings, models: '' } : await prepare(settings);
const figures: Figure[] = [];
for (const name of names) {
  const scenario = SCENARIOS.get(name);
  if (scenario !== undefined) figures.push(...(await scenario(context)));
}
const rows = figures.map((figure) => [
  figure.scenario,
  figure.peer,
  format(figure.peerValue),
  format(figure.berthValue),
  figure.unit,
  `${format(figure.ratio)}×`,
  figure.goal,
  figure.reached ? 'yes' : 'NO',
]);
const head = ['scenario', 'peer', 'peer figure', 'Berth', 'unit', 'ratio', 'goal', 'reached'];
const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
for (const row of [head, ...rows]) console.log(row.map((cell, i) => cell.padEnd(widths[i])).join('  '));
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}.json`);
writeFileSync(file, JSON.stringify({ machine: machine(), settings, figures }, null, 2));
console.log(`written: bench/results/${file.split('/').at(-1)}`);

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
