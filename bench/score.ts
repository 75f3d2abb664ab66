/**
 * `berth score` (bundled, as it is installed) against pandas and XGBoost: a CSV of 1,000,000 rows × 30 through 100 trees,
 * whole processes, in turns.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment } from './environments.ts';
import { median } from './load/percentile.ts';
import type { Context, Figure } from './scenarios.ts';

const HERE = import.meta.dirname;
const BERTH = join(HERE, '..', 'packages', 'cli', 'bin', 'berth.js');
const ROWS = 1_000_000;
/** Float32 answers of two libraries: the last bit of an exponential may differ. */
const TOLERANCE = 1e-6;

interface Run {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** Rows a second from start to exit, and the most memory that was resident. */
export async function score({ models, rounds }: Context): Promise<Figure[]> {
  const folder = join(models, 'score');
  const python = join(environment('mlserver'), 'python');
  if (!existsSync(join(folder, 'rows.csv'))) {
    console.error('making 1,000,000 rows (a minute, once) …');
    execFileSync(python, [join(HERE, 'peers', 'score_data.py'), folder], { stdio: 'inherit' });
  }
  execFileSync(process.execPath, [join(HERE, '..', 'tools', 'bundle.ts')], { stdio: 'ignore' });
  const model = join(folder, 'model.json');
  const rows = join(folder, 'rows.csv');
  const out = mkdtempSync(join(tmpdir(), 'berth-bench-score-'));
  const peers: Run[] = [];
  const berths: Run[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const theirs = join(out, 'pandas.csv');
      const ours = join(out, 'berth.csv');
      peers.push(await timed(python, [join(HERE, 'peers', 'score_pandas.py'), model, rows, theirs]));
      berths.push(
        await timed(process.execPath, [BERTH, 'score', model, rows, '-o', ours, '--id', 'id', '--force', '-q']),
      );
      if (round === 0) sameAnswers(theirs, ours);
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  const peer = 'pandas + XGBoost 3.2, 2 threads';
  const seconds = (runs: readonly Run[]) => median(runs.map((run) => run.seconds));
  const bytes = (runs: readonly Run[]) => median(runs.map((run) => run.peakBytes));
  const speed = seconds(peers) / seconds(berths);
  const share = bytes(berths) / bytes(peers);
  const scenario = '1,000,000 rows × 30, CSV to CSV';
  return [
    {
      scenario,
      peer,
      peerValue: ROWS / seconds(peers),
      berthValue: ROWS / seconds(berths),
      unit: 'rows/s',
      ratio: speed,
      goal: '>= 1.0×',
      reached: speed >= 1,
    },
    {
      scenario: `${scenario}: peak memory`,
      peer,
      peerValue: bytes(peers) / 1e6,
      berthValue: bytes(berths) / 1e6,
      unit: 'MB',
      ratio: share,
      goal: '<= 0.5×',
      reached: share <= 0.5,
    },
  ];
}

/** Runs a command to its end; memory is looked at all the while (Linux). */
async function timed(command: string, args: readonly string[]): Promise<Run> {
  const started = performance.now();
  const env = { ...process.env, BERTH_BUNDLE: '1' };
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  let peakBytes = 0;
  const look = setInterval(() => {
    peakBytes = Math.max(peakBytes, highWater(child.pid as number));
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, peakBytes };
}

function highWater(pid: number): number {
  try {
    const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** A run that is fast and wrong proves nothing. */
function sameAnswers(theirs: string, ours: string): void {
  const [left, right] = [theirs, ours].map((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
  if (left.length !== ROWS + 1 || right.length !== ROWS + 1 || left[0] !== right[0]) {
    throw new Error('the outputs have different forms');
  }
  for (let i = 1; i < left.length; i++) {
    const [leftId, leftValue] = left[i].split(',');
    const [rightId, rightValue] = right[i].split(',');
    if (leftId === rightId && Math.abs(Number(leftValue) - Number(rightValue)) <= TOLERANCE) continue;
    throw new Error(`row ${i}: ${left[i]} there, ${right[i]} here`);
  }
}
