// Writes to a store until it is killed, and says what is on the disk: run by the test of crashes.
import { openStore } from './open-store.ts';

const [, , folder = ''] = process.argv;
const store = openStore({
  folder,
  now: () => new Date(),
  onProblem: (text) => process.stdout.write(`problem ${text}\n`),
});
for (let index = 0; ; index++) {
  const name = `m${index % 20}`;
  const key = { kind: 'ConfigMap', namespace: 'default', name };
  const current = store.get(key);
  if (current === undefined) {
    store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
      data: { n: `${index}` },
    });
  } else if (index % 7 === 0) store.delete(key);
  else store.update({ ...current, data: { n: `${index}`, fill: 'x'.repeat(index % 5_000) } });
  if (index % 50 === 0) store.backUp();
  process.stdout.write(`${JSON.stringify([name, store.get(key)?.data, store.revision])}\n`);
}
