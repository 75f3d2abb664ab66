import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FieldCase, type RunningCase } from '../../test/field-case.ts';

/** Every sample of an exposition page: name with labels → value. */
function samples(page: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of page.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([A-Za-z_:][\w:]*(?:\{[^}]*\})?) (\S+)$/.exec(line);
    assert.ok(match !== null, `not a line of the text format: ${line}`);
    found.set(match[1] as string, Number(match[2]));
  }
  return found;
}

function sum(found: Map<string, number>, name: string, ...labels: string[]): number {
  let total = 0;
  for (const [key, value] of found) {
    if (key.startsWith(`${name}{`) && labels.every((label) => key.includes(label))) total += value;
  }
  return total;
}

async function ask(run: RunningCase, field: FieldCase): Promise<void> {
  for (let count = 0; count < 3; count++) {
    assert.equal((await run.post('a', '/v1/models/a:predict', field.text('good-v1.json'))).status, 200);
  }
  for (let count = 0; count < 2; count++) {
    assert.equal((await run.post('b', '/v2/models/b/infer', field.text('good-v2.json'))).status, 200);
  }
  assert.equal((await run.post('a', '/v1/models/a:predict', field.text('bad.json'))).status, 400);
  for (let count = 0; count < 5; count++) {
    assert.equal((await run.post('a', `/v1/models/ghost-${count}:predict`, field.text('good-v1.json'))).status, 404);
  }
}

describe('068 counting by model', () => {
  for (const workers of ['1', '2']) {
    test(`with ${workers} process(es)`, async () => {
      const field = new FieldCase('068');
      await using run = await field.run('isvc.yaml', ['--workers', workers]);
      await run.assertReady('a', 'b');
      await ask(run, field);
      const first = samples((await run.get('/metrics')).text);
      assert.equal(sum(first, 'request_predict_seconds_count', 'model_name="a"'), 3);
      assert.equal(sum(first, 'model_infer_request_success_total', 'model="b"'), 2);
      const failures = [...first].filter(
        ([key]) => /fail|error/i.test(key) && /"a"/.test(key) && !/_bucket|_sum/.test(key),
      );
      assert.ok(
        failures.some(([, value]) => value === 1),
        JSON.stringify(failures),
      );
      assert.doesNotMatch([...first.keys()].join('\n'), /ghost/);
      const second = samples((await run.get('/metrics')).text);
      for (const [key, value] of first) {
        if (/_(total|count|bucket)(\{|$)/.test(key)) assert.ok((second.get(key) ?? -1) >= value, key);
      }
    });
  }
});
