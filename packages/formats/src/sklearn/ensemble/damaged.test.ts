import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { LoadError } from '@berth/inference';
import fc from 'fast-check';
import { decodeInput, type GoldenCase } from '../golden.ts';
import { loadEstimator } from '../load-now.ts';

/** One golden case of each kind of file, as the bytes of its pickle. */
function samples(): { name: string; bytes: Uint8Array; golden: GoldenCase }[] {
  return ['../tree/golden/1.9.1.json', './golden/1.9.1.json', './hist/golden/1.9.1.json'].flatMap((path) => {
    const text = readFileSync(new URL(path, import.meta.url), 'utf8');
    const { cases } = JSON.parse(text) as { cases: GoldenCase[] };
    return cases
      .filter((_, at) => at % 6 === 0)
      .map((golden) => ({ name: golden.name, bytes: inflateSync(Buffer.from(golden.model, 'base64')), golden }));
  });
}

test('a file with damaged bytes loads or is refused with a reason, and what loads answers or throws: nothing hangs', () => {
  const files = samples();
  assert.ok(files.length > 15);
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 });
  let loaded = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.nat(files.length - 1), damage, (which, changes) => {
      const { bytes, golden } = files[which];
      const damaged = Uint8Array.from(bytes);
      for (const [at, value] of changes) damaged[at % damaged.length] = value;
      try {
        const estimator = loadEstimator(damaged);
        loaded++;
        try {
          estimator.predict?.(decodeInput(golden.input));
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      } catch (error) {
        refused++;
        assert.ok(error instanceof LoadError, `${golden.name}: ${error}`);
        assert.ok(error.message.length > 10);
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(loaded > 0 && refused > 0, `${loaded} loaded, ${refused} were refused`);
});

test('a file that is cut anywhere is refused with a reason', () => {
  for (const { name, bytes } of samples()) {
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      const cut = bytes.subarray(0, Math.floor(bytes.length * share));
      assert.throws(
        () => loadEstimator(cut),
        (error) => error instanceof LoadError,
        `${name} at ${share}`,
      );
    }
  }
});
