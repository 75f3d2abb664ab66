import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkBoundaries, importsOf } from './check.ts';

const KNOWN_BAD: readonly {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly rule: RegExp;
}[] = [
  {
    name: 'an arrow that points up',
    path: 'packages/inference/src/up.ts',
    source: "import { x } from '@berth/server';",
    rule: /no arrow leads from inference to server/,
  },
  {
    name: 'a dependency that package.json lacks',
    path: 'packages/server/src/undeclared.ts',
    source: "export { x } from '@berth/storage';",
    rule: /does not name @berth\/storage/,
  },
  {
    name: 'a path inside another package',
    path: 'packages/server/src/deep.ts',
    source: "import type { x } from '@berth/formats/src/x.ts';",
    rule: /by its name/,
  },
  {
    name: 'a relative path into another package',
    path: 'packages/server/src/sideways.ts',
    source: "import { x } from '../../formats/src/x.ts';",
    rule: /not by a relative path/,
  },
  {
    name: 'a socket in a pure package',
    path: 'packages/inference/src/socket.ts',
    source: "import net from 'node:net';",
    rule: /is pure/,
  },
  {
    name: 'siblings',
    path: 'packages/server/src/protocols/v1/x.ts',
    source: "import { x } from '../v2/x.ts';",
    rule: /siblings/,
  },
  {
    name: 'a lazy import of an engine',
    path: 'packages/server/src/lazy.ts',
    source: "const load = () => import('onnxruntime-node');",
    rule: /only engine-onnxruntime/,
  },
  {
    name: 'a multi-line import',
    path: 'packages/inference/src/lines.ts',
    source: "import {\n  a,\n  b,\n} from '@berth/cli';",
    rule: /no arrow/,
  },
];

for (const bad of KNOWN_BAD) {
  test(`the checker catches ${bad.name}`, () => {
    withTree({ [bad.path]: bad.source }, (root) => {
      const report = checkBoundaries(root);
      assert.equal(report.violations.length, 1, JSON.stringify(report));
      assert.match(report.violations[0].rule, bad.rule);
    });
  });
}

test('the checker passes what the arrows allow', () => {
  const good =
    "import { x } from '@berth/inference';\n// import { y } from '@berth/cli';\nimport http from 'node:http';";
  withTree({ 'packages/server/src/good.ts': good }, (root) => {
    assert.deepEqual(checkBoundaries(root), { files: 1, imports: 2, violations: [] });
  });
});

test('imports are found in each spelling', () => {
  const source = "import a from 'a';import 'b';\nexport * from 'c';\nawait import('d');\nexport type { E } from 'e';";
  assert.deepEqual(importsOf(source).sort(), ['a', 'b', 'c', 'd', 'e']);
});

function withTree(files: Record<string, string>, check: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), 'boundaries-'));
  try {
    const manifest = (name: string, dependencies: Record<string, string>) =>
      JSON.stringify({ name: `@berth/${name}`, dependencies });
    const all: Record<string, string> = {
      'packages/inference/package.json': manifest('inference', {}),
      'packages/server/package.json': manifest('server', { '@berth/inference': '*', '@berth/formats': '*' }),
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
