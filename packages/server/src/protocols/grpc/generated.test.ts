import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROTO = fileURLToPath(new URL('../../../proto', import.meta.url));
const GEN = fileURLToPath(new URL('../../../gen', import.meta.url));
const BIN = fileURLToPath(new URL('../../../../../node_modules/.bin', import.meta.url));

test('the generated code is what the .proto files say', {
  skip: !existsSync(join(BIN, 'buf')) && 'buf is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gen-'));
  try {
    const out = join(folder, 'proto');
    mkdirSync(out);
    const env = { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}` };
    const { status, stderr } = spawnSync(join(BIN, 'buf'), ['generate', '-o', out], {
      cwd: PROTO,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    const fresh = globSync('**/*.ts', { cwd: join(folder, 'gen') }).sort();
    assert.deepEqual(globSync('**/*.ts', { cwd: GEN }).sort(), fresh);
    for (const file of fresh) {
      assert.equal(
        readFileSync(join(GEN, file), 'utf8'),
        readFileSync(join(folder, 'gen', file), 'utf8'),
        `${file}: run npm run proto -w packages/server`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
