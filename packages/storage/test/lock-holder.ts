import { withLock } from '../src/cache/lock.ts';

/** Takes the lock of its first argument, says so, and holds it until it is killed. */
await withLock(process.argv[2] as string, async () => {
  process.stdout.write('held\n');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
