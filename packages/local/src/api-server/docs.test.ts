import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startTestApi } from '../testing/test-api.ts';

const run = promisify(execFile);
const DOCS = new URL('../../../../docs/api.md', import.meta.url);

test('the commands of docs/api.md do what it says', async (context) => {
  try {
    await run('curl', ['--version']);
  } catch {
    context.skip('curl is not installed');
    return;
  }
  const blocks = [...readFileSync(DOCS, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1] as string);
  assert.equal(blocks.length, 3);
  const api = await startTestApi();
  try {
    const script = blocks
      .join('\n')
      .replaceAll('<state folder>', api.folder)
      .replaceAll(':6443', `:${api.port}`)
      .replaceAll('?watch=true', '?watch=true&timeoutSeconds=1');
    const { stdout } = await run('bash', ['-ec', script.replaceAll('curl ', 'curl -sS --fail-with-body ')]);
    assert.match(stdout, /"type":"ADDED"/);
    assert.match(stdout, /"minReplicas":0/);
    assert.match(stdout, /"status":"Success"/);
    assert.equal(api.store.list('InferenceService').length, 0);
  } finally {
    await api.close();
  }
});
