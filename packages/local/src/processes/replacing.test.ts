import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { replacePorts } from './command-launch.ts';
import { servingPorts } from './container-ports.ts';
import { replaceMounts } from './model-path.ts';
import { parseProcStat } from './proc-stat.ts';
import { RestartBackOff } from './restart-back-off.ts';

describe('ports in a text', () => {
  const ports = new Map([
    [8080, 41_000],
    [9000, 41_001],
  ]);
  for (const [text, expected] of [
    ['--port=8080', '--port=41000'],
    ['0.0.0.0:8080', '0.0.0.0:41000'],
    ['tcp://[::]:9000/x', 'tcp://[::]:41001/x'],
    ['8080,9000', '41000,41001'],
    ['18080', '18080'],
    ['80801', '80801'],
    ['v8080', 'v8080'],
    ['1.8080', '1.8080'],
    ['08080', '08080'],
  ] as const) {
    test(`${text} becomes ${expected}`, () => assert.equal(replacePorts(text, ports), expected));
  }
});

describe('mount paths in a text', () => {
  const mounts = [
    { mountPath: '/mnt/models/', path: '/data/$&/m', readOnly: true },
    { mountPath: '/mnt/models/extra', path: '/other', readOnly: true },
  ];
  for (const [text, expected] of [
    ['/mnt/models', '/data/$&/m'],
    ['--dir=/mnt/models/x', '--dir=/data/$&/m/x'],
    ['/mnt/models/extra/y:/mnt/models', '/other/y:/data/$&/m'],
    ['/mnt/models2', '/mnt/models2'],
    ['/a/mnt/models', '/a/mnt/models'],
  ] as const) {
    test(`${text} becomes ${expected}`, () => assert.equal(replaceMounts(text, mounts), expected));
  }
});

test('the port that takes HTTP is the first that is not for gRPC, and 8080 where none is declared', () => {
  const of = (...ports: [number, string?][]) => {
    const { http, grpc } = servingPorts(
      ports.map(([containerPort, name]) => ({ containerPort, ...(name && { name }) })),
    );
    return [http, grpc];
  };
  assert.deepEqual(of(), [8080, undefined]);
  assert.deepEqual(of([9000, 'h2c'], [8000, 'http1']), [8000, 9000]);
  assert.deepEqual(of([9000, 'h2c']), [9000, undefined]);
  assert.deepEqual(of([9000, 'grpc-predict'], [8000]), [8000, 9000]);
  assert.deepEqual(of([0], [70_000]), [8080, undefined]);
});

test('a restart waits not at all, then 1, 2, 4 … 300 s, and is forgiven after ten minutes', () => {
  const backOff = new RestartBackOff();
  const waits = Array.from({ length: 12 }, () => backOff.next(1_000));
  assert.deepEqual(
    waits,
    [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1_000),
  );
  assert.equal(backOff.next(9_000, 8_000), 800, 'one that served is back soon');
  assert.equal(backOff.next(60_000, 50_000), 1_000);
  assert.equal(backOff.next(1_500, 900), 1_000, 'one that hardly did waits again');
  assert.equal(backOff.next(1_500, 900), 2_000);
  assert.equal(backOff.next(600_000), 0);
  assert.equal(backOff.next(0), 1_000);
});

test('a line of /proc is read whatever the name of the program is', () => {
  const rest = 'S 7 8 9 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 5555 1000000 77 184467';
  const stat = parseProcStat(`42 (a) b) (c) ${rest}`);
  assert.deepEqual(
    { ...stat },
    {
      pid: 42,
      state: 'S',
      parent: 7,
      group: 8,
      session: 9,
      userTicks: 11,
      systemTicks: 12,
      childTicks: 27,
      startTicks: 5555,
      residentPages: 77,
    },
  );
  for (const line of ['', '42', '42 (a', ') (', '42 (a) S 1']) assert.equal(parseProcStat(line), undefined);
});
