import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FieldCase, JSON_BODY, send } from '../../test/field-case.ts';
import { launch } from '../../test/live-server.ts';

describe('069 serve . is serve $PWD', () => {
  const field = new FieldCase('069');
  const repo = join(field.folder, 'repo');
  const starts: [string, string, string, Record<string, string>][] = [
    ['.', repo, 'in the folder', {}],
    [repo, '/', 'from the root', {}],
    ['./repo/', field.folder, 'from above', {}],
    [repo, '/', 'with MLSERVER_MODEL_URI set', { MLSERVER_MODEL_URI: '/nowhere' }],
  ];
  for (const [path, cwd, name, env] of starts) {
    test(`${path} ${name}`, async () => {
      await using server = await launch({
        args: ['serve', path],
        cwd,
        env,
        until: (_out, err) => (err.match(/^ready: /gm)?.length ?? 0) === 3,
      });
      const get = (url: string) => send(server.httpPort, 'GET', url, undefined);
      assert.equal((await get('/v2/health/ready')).status, 200);
      for (const url of [
        '/v2/models/iris/versions/1/ready',
        '/v2/models/iris/versions/2/ready',
        '/v2/models/other/ready',
      ]) {
        assert.equal((await get(url)).status, 200, url);
      }
      for (const model of ['iris/versions/1', 'iris/versions/2', 'other', 'iris']) {
        const answer = await send(
          server.httpPort,
          'POST',
          `/v2/models/${model}/infer`,
          field.text('body.json'),
          JSON_BODY,
        );
        assert.equal(answer.status, 200, answer.text);
        if (model === 'iris') assert.equal(answer.json.model_version, '2');
      }
    });
  }
});
