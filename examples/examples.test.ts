/** Each example is served as its user would (`berth run -f`), asked its request, and compared with its expected answer. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../tools/free-port.ts';

const HERE = import.meta.dirname;
const BERTH = join(HERE, '..', 'packages', 'cli', 'bin', 'berth.js');
const names = readdirSync(HERE).filter((name) => existsSync(join(HERE, name, 'inferenceservice.yaml')));

test('every example has its files', () => {
  assert.ok(names.length >= 6, names.join());
  for (const name of names) {
    for (const file of ['request.json', 'expected.json', 'model'])
      assert.ok(existsSync(join(HERE, name, file)), `${name}/${file}`);
  }
});

for (const name of names) {
  test(`example ${name} answers what the original library answers`, async () => {
    const request = readFileSync(join(HERE, name, 'request.json'), 'utf8');
    const expected = JSON.parse(readFileSync(join(HERE, name, 'expected.json'), 'utf8')) as Record<string, unknown>;
    // The Triton layout names its own model; elsewhere the model has the service's name.
    const [inner] = readdirSync(join(HERE, name, 'model'), { withFileTypes: true });
    const model = inner.isDirectory() ? inner.name : name;
    const path = 'instances' in JSON.parse(request) ? `/v1/models/${model}:predict` : `/v2/models/${model}/infer`;
    const answer = await ask(join(HERE, name, 'inferenceservice.yaml'), path, request);
    if (expected.predictions !== undefined) close(answer.predictions, expected.predictions, 'predictions');
    const outputs = (answer.outputs ?? []) as Record<string, unknown>[];
    for (const output of (expected.outputs ?? []) as Record<string, unknown>[]) {
      const same = outputs.find((candidate) => candidate.name === output.name);
      assert.ok(same, `output ${output.name} is missing: ${JSON.stringify(answer)}`);
      assert.equal(same.datatype, output.datatype);
      assert.deepEqual(same.shape, output.shape);
      close(same.data, output.data, `${output.name}`);
    }
  });
}

/** Numbers within 1e-6 relative, everything else equal. */
function close(actual: unknown, expected: unknown, where: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual) && actual.length === expected.length, `${where}: ${JSON.stringify(actual)}`);
    for (const [i, value] of expected.entries()) close(actual[i], value, `${where}[${i}]`);
  } else if (typeof expected === 'number') {
    const distance = Math.abs((actual as number) - expected);
    assert.ok(distance <= 1e-6 * Math.max(1, Math.abs(expected)), `${where}: ${actual} is not ${expected}`);
  } else {
    assert.equal(actual, expected, where);
  }
}

async function ask(yaml: string, path: string, body: string): Promise<Record<string, unknown>> {
  const [http, grpc] = await freePorts(2);
  const args = [BERTH, 'run', '-f', yaml, '--http-port', `${http}`, '--grpc-port', `${grpc}`];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exit = new Promise<void>((resolve) => server.on('exit', () => resolve()));
  try {
    for (let attempt = 0; attempt < 300 && server.exitCode === null; attempt++) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`http://127.0.0.1:${http}${path}`, { method: 'POST', headers, body }).catch(
        () => undefined,
      );
      if (response?.ok) return (await response.json()) as Record<string, unknown>;
      if (response !== undefined && response.status !== 503) assert.fail(`${response.status} ${await response.text()}`);
      await response?.text();
      await sleep(50);
    }
    return assert.fail(`no answer; the server printed:\n${output}`);
  } finally {
    server.kill('SIGTERM');
    await exit;
  }
}
