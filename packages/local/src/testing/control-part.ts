/**
 * A control part for tests: starts the processes of its first argument (JSON) that do not run yet, appends what it sees
 * to the file of its second, a JSON line each.
 */
import { appendFileSync } from 'node:fs';
import { connectKeeper } from '../keeper/connect-keeper.ts';
import type { ProcessSpec } from '../keeper/process-host.ts';

const specs = JSON.parse(process.argv[2] ?? '[]') as ProcessSpec[];
const note = (line: object) => appendFileSync(process.argv[3] as string, `${JSON.stringify(line)}\n`);

const keeper = connectKeeper();
keeper.onGone(() => process.exit(0));
keeper.onStopping(() => note({ stopping: true }));
process.on('SIGTERM', () => {
  note({ terminated: 'control' });
  process.exit(0);
});
keeper.host.onExit((exit) => note({ exit }));
const found = await keeper.host.list();
note({ control: process.pid, found: found.map(({ spec, pid }) => ({ id: spec.id, pid, note: spec.note })) });
for (const spec of specs) {
  if (found.some((record) => record.spec.id === spec.id)) continue;
  await keeper.host.start(spec).then(
    ({ pid }) => note({ started: spec.id, pid }),
    (error: Error) => note({ refused: spec.id, message: error.message }),
  );
}
keeper.ready({ pid: process.pid });
