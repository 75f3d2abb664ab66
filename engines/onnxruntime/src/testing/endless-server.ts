import { readFileSync } from 'node:fs';
import { engine } from '../index.ts';
import { LOOP_MODEL, loopInputs } from './models.ts';

/** Stands for a server whose graph computes without end: tells its process's id to the test that started it. */
const session = await engine.open({
  source: async () => ({ model: LOOP_MODEL, externalData: [], owned: false }),
  isolation: 'process',
  probe: false,
  workers: 1,
  threads: 1,
  maxQueue: 1,
  loadTimeoutMs: 60_000,
  runTimeoutMs: 3_600_000,
});
void session.run(loopInputs(2n ** 40n), ['y']);
const [child] = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ');
// The request has to reach the process before the test kills this one.
setTimeout(() => process.send?.(Number(child)), 300);
