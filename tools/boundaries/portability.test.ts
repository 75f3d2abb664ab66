import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkPortability, notPortable } from './portability.ts';

describe('what does not run everywhere', () => {
  for (const [source, what] of [
    ["readFileSync('/proc/self/stat')", /only Linux/],
    ['readFileSync(`/proc/1/stat`)', /only Linux/],
    ["spawn('/bin/sh', ['-c', line])", /Windows does not have/],
    ["spawn('setpriv', words)", /may not be there/],
    ["execFileSync('uname')", /may not be there/],
    ['server.listen({ port, reusePort: true })', /socket option/],
    ["server.listen('\\0berth')", /abstract/],
    ["process.on('SIGUSR1', dump)", /signal/],
    ['if (process.getuid() === 0)', /write \?\./],
    ['await chown(file, uid, gid)', /refuses/],
  ] as const) {
    test(source, () => {
      const [{ what: told }] = notPortable(`const before = 1;\n${source}\n`);
      assert.match(told, what);
    });
  }

  test('is not what runs everywhere, nor what a comment says', () => {
    const source = [
      '/* reads /proc,\n * `/proc/self` */',
      "  // '/proc/self'",
      'process.getuid?.()',
      "process.on('SIGTERM', end)",
      'spawn(process.execPath, args)',
      "path.split('/')",
    ];
    assert.deepEqual(notPortable(source.join('\n')), []);
  });

  test('is told with its place; a guarded file is passed over, and one with nothing to guard is stale', () => {
    const root = mkdtempSync(join(tmpdir(), 'portability-'));
    try {
      mkdirSync(join(root, 'src', 'deep'), { recursive: true });
      writeFileSync(join(root, 'src', 'deep', 'a.ts'), "\nread('/proc/self/stat');\n");
      writeFileSync(join(root, 'src', 'b.ts'), "read('/proc/self/stat');\n");
      writeFileSync(join(root, 'src', 'c.ts'), 'export const nothing = 1;\n');
      writeFileSync(join(root, 'src', 'd.test.ts'), "read('/proc/self/stat');\n");
      const guarded = new Map([
        ['src/b.ts', 'tries'],
        ['src/c.ts', 'tried once'],
      ]);
      const report = checkPortability(root, ['src'], guarded);
      assert.deepEqual(report, {
        files: 3,
        found: [{ file: 'src/deep/a.ts', line: 2, what: 'a folder that only Linux has' }],
        stale: ['src/c.ts'],
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

test('the path of serve runs everywhere', () => {
  const report = checkPortability(join(import.meta.dirname, '..', '..'));
  assert.ok(report.files > 400, `${report.files} files were read`);
  assert.deepEqual({ found: report.found, stale: report.stale }, { found: [], stale: [] });
});
