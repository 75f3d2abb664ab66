/** A gateway part for tests: says that it serves, and ends after the milliseconds of its first argument once asked to. */
import { appendFileSync } from 'node:fs';
import { connectKeeper } from '../keeper/connect-keeper.ts';

const [, , drainMs = '0', file, code = '0'] = process.argv;
const keeper = connectKeeper();
keeper.onGone(() => process.exit(0));
process.on('SIGTERM', () => {
  setTimeout(() => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify({ terminated: 'gateway' })}\n`);
    process.exit(Number(code));
  }, Number(drainMs));
});
keeper.ready({ pid: process.pid });
