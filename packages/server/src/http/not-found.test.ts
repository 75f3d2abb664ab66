import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notFound } from './path.ts';

const CASES: readonly (readonly [string, RegExp])[] = [
  ['v1/models/iris/predict', /POST \/v1\/models\/iris:predict/],
  ['v2/models/iris/predict', /POST \/v2\/models\/iris\/infer/],
  ['predict', /\/v1\/models\/NAME:predict/],
  ['v2/infer', /\/v2\/models\/NAME\/infer/],
  ['invocations', /\/v2\/models\/NAME\/infer/],
  ['healthz', /\/v2\/health\/live/],
  ['elsewhere', /^Not Found: \/v1\/models/],
  ['v1/models/<b>/predict', /^Not Found: \/v1\/models, /],
];

for (const [path, text] of CASES) {
  test(`the answer to /${path} says where to go`, () => {
    const error = notFound(path.split('/'));
    assert.equal(error.code, 'NOT_FOUND');
    assert.match(error.message, text);
    assert.ok(!error.message.includes('<'));
  });
}
