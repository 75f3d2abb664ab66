import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { durationMs, restartMark, serviceOptions } from './annotations.ts';

describe('annotations of a service', () => {
  test('have defaults', () => {
    const options = serviceOptions(undefined);
    assert.equal(options.retries, true);
    assert.equal(options.retryMaxBodyBytes, 1024 * 1024);
    assert.equal(options.holdMaxRequests, 10_000);
    assert.equal(options.corsOrigins, undefined);
    assert.equal(options.sha256, undefined);
    assert.deepEqual(options.warnings, []);
  });

  const digest = 'ab'.repeat(32);
  const cases: [string, string, string, unknown][] = [
    [
      'cors-origins',
      'http://localhost:3000, https://App.Example',
      'corsOrigins',
      ['http://localhost:3000', 'https://app.example'],
    ],
    ['cors-origins', '*', 'corsOrigins', ['*']],
    ['sticky-header', 'X-User', 'stickyHeader', 'x-user'],
    ['retries', 'off', 'retries', false],
    ['retry-max-body', '2Mi', 'retryMaxBodyBytes', 2 * 1024 * 1024],
    ['hold-max-requests', '5', 'holdMaxRequests', 5],
    ['poll-interval', '1m30s', 'pollMs', 90_000],
    ['model-sha256', `sha256:${digest.toUpperCase()}`, 'sha256', digest],
  ];
  for (const [key, value, field, wanted] of cases) {
    test(`${key}: ${value}`, () => {
      const options = serviceOptions({ [`berth.dev/${key}`]: value });
      assert.deepEqual(options[field as keyof typeof options], wanted);
      assert.deepEqual(options.warnings, []);
    });
  }

  for (const [key, value] of [
    ['cors-origins', 'localhost:3000'],
    ['cors-origins', 'http://a/path'],
    ['sticky-header', 'two words'],
    ['retries', 'maybe'],
    ['retry-max-body', '-1'],
    ['hold-max-requests', '1.5'],
    ['poll-interval', '10ms'],
    ['poll-interval', 'soon'],
    ['model-sha256', 'abc'],
  ]) {
    test(`${key}: ${value} is a warning`, () => {
      const { warnings } = serviceOptions({ [`berth.dev/${key}`]: value as string });
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.includes(`berth.dev/${key}`));
    });
  }

  test('a digest that can not be read matches nothing', () => {
    const { sha256 } = serviceOptions({ 'berth.dev/model-sha256': 'abc' });
    assert.ok(sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256));
  });

  test('durations and restarts', () => {
    assert.deepEqual(['90', '5m', '1h30m', '500ms', '', 'm', '1x'].map(durationMs), [
      90_000,
      300_000,
      5_400_000,
      500,
      undefined,
      undefined,
      undefined,
    ]);
    assert.equal(restartMark(undefined, {}), '');
    assert.equal(restartMark({ 'berth.dev/restarted-at': '1' }, { 'kubectl.kubernetes.io/restartedAt': '2' }), '1 2');
  });
});
