/** The line to paste at the end of a start: it works, for models of every kind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { discoverModels, loadModel } from '@berth/formats';
import { launch } from '../../test/live-server.ts';
import { tryLine } from '../terminal/try-line.ts';
import { trySample } from './try-sample.ts';

const PACKAGES = join(import.meta.dirname, '..', '..', '..');
const EXAMPLES = join(PACKAGES, '..', 'examples');
const hasCurl = ['/usr/bin/curl', '/bin/curl', '/usr/local/bin/curl', '/opt/homebrew/bin/curl'].some(existsSync);

test('a request is made up that the model answers, whatever the model', async () => {
  const files = [
    ...globSync('formats/src/sklearn/fixtures/**/*.{joblib,pkl}', { cwd: PACKAGES }),
    ...globSync('formats/src/{xgboost,lightgbm}/**/*.{json,ubj,bin,model,txt}', { cwd: PACKAGES }),
  ];
  let tried = 0;
  const without: string[] = [];
  for (const file of files) {
    const found = (await discoverModels(join(PACKAGES, file)).catch(() => []))[0];
    if (found === undefined || found.problem !== undefined) continue;
    const options = {
      name: 'm',
      flavour: 'kserve',
      predictProba: false,
      threads: 1,
      onWarning: () => undefined,
    } as const;
    const model = await loadModel(found, options).catch(() => undefined);
    if (model === undefined) continue;
    tried++;
    const sample = await trySample(found, model, 'kserve', 'v1');
    if (sample === undefined) without.push(file);
    else if (model.metadata.inputs.length === 1) assert.equal(sample.protocol, 'v1', file);
    await model.close();
  }
  assert.ok(tried > 60, String(tried));
  assert.deepEqual(without, []);
});

describe('the last line of a start', () => {
  test('works when it is pasted', { skip: hasCurl ? false : 'there is no curl' }, async () => {
    for (const args of [
      ['serve', join(EXAMPLES, 'sklearn-iris', 'model')],
      [
        'serve',
        join(EXAMPLES, 'xgboost-iris', 'model'),
        '--flavour',
        'mlserver',
        '--name',
        "an odd'name".replace(/\W/g, '-'),
      ],
      ['run', '-f', join(EXAMPLES, 'sklearn-iris')],
      ['run', '-f', join(EXAMPLES, 'sklearn-iris'), '-f', join(EXAMPLES, 'lightgbm-iris')],
    ]) {
      await using server = await launch({ args, until: (_out, err) => /^try: .*\n/m.test(err) });
      const line = /^try: (.*)$/m.exec(server.err())?.[1] as string;
      const answer = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
      assert.match(answer, /"(predictions|outputs)":/, `${line}\n${answer}`);
      assert.equal(server.err().trimEnd().split('\n').at(-1), `try: ${line}`);
    }
  });

  test('quotes what a shell would take apart, and names a command where the request is long', () => {
    const line = { model: 'm', prefix: '', protocol: 'v1', target: { port: 8080 }, needsKey: false } as const;
    assert.match(tryLine({ ...line, body: '{"instances":["it\'s"]}' }), /-d '\{"instances":\["it'\\''s"\]\}'$/);
    assert.equal(tryLine({ ...line, body: 'x'.repeat(2000) }), 'berth predict m --random');
    assert.match(tryLine({ ...line, body: '{}', needsKey: true }), /-H "Authorization: Bearer \$BERTH_API_KEY"/);
    const socket = tryLine({ ...line, body: '{}', target: { socket: '/tmp/a b.sock' } });
    assert.match(socket, /^curl -s --unix-socket '\/tmp\/a b\.sock' http:\/\/localhost\/v1/);
  });
});
