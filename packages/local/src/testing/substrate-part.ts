/**
 * A control part for tests with the real substrate: starts the workloads of its first argument (JSON: id to workload),
 * appends each change of a replica to the file of its second. The third is the platform's folder.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from '@berth/control';
import { connectKeeper } from '../keeper/connect-keeper.ts';
import { createSubstrate } from '../processes/create-substrate.ts';

const [, , workloads = '{}', file = '', folder = ''] = process.argv;
const note = (line: object) => appendFileSync(file, `${JSON.stringify(line)}\n`);
const keeper = connectKeeper();
keeper.onGone(() => process.exit(0));
const substrate = await createSubstrate({
  host: keeper.host,
  runFolder: join(folder, 'run'),
  stateFolder: join(folder, 'state'),
  node: process.execPath,
  cli: join(import.meta.dirname, '..', '..', '..', 'cli', 'bin', 'berth.js'),
});
keeper.onStopping(() => substrate.close());
process.on('SIGTERM', () => process.exit(0));
const brief = (id: string) => {
  const view = substrate.replicas().find((one) => one.id === id);
  const { state = 'gone', pid, restarts, endpoint, failure } = view ?? {};
  return { id, state, pid, restarts, endpoint, reason: failure?.reason };
};
note({ control: process.pid, found: substrate.replicas().map(({ id }) => brief(id)) });
substrate.onChange((id) => note({ change: brief(id) }));
for (const [id, workload] of Object.entries(JSON.parse(workloads) as Record<string, Workload>)) {
  substrate.start(id, workload);
}
keeper.ready({ pid: process.pid });
