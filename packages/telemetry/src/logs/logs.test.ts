import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccessLog } from './access-log.ts';
import { createLogger } from './logger.ts';

function collector() {
  const lines: string[] = [];
  return { lines, write: (text: string) => void lines.push(...text.trimEnd().split('\n')) };
}

describe('createLogger', () => {
  it('writes JSON lines with level and time, and hides credentials', () => {
    const out = collector();
    const log = createLogger({ destination: out });
    log.info({ headers: { authorization: 'Bearer secret' }, model: 'iris' }, 'loaded');
    log.debug('not shown');
    assert.equal(out.lines.length, 1);
    const entry = JSON.parse(out.lines[0]);
    assert.equal(entry.level, 'info');
    assert.equal(entry.msg, 'loaded');
    assert.equal(entry.model, 'iris');
    assert.doesNotMatch(out.lines[0], /secret/);
    assert.ok(!Number.isNaN(Date.parse(entry.time)));
  });
});

describe('AccessLog', () => {
  const entry = { method: 'GET', path: '/a\n{"level":"fake"}', status: 200, requestId: 'r1', durationMs: 1.23456 };

  it('writes one line a request, whatever the path holds', () => {
    const out = collector();
    const log = new AccessLog(out);
    log.write(entry);
    log.write({ ...entry, status: 404 });
    assert.equal(out.lines.length, 0);
    log.flush();
    assert.equal(out.lines.length, 2);
    assert.deepEqual(
      out.lines.map((line) => JSON.parse(line).status),
      [200, 404],
    );
    assert.equal(JSON.parse(out.lines[0]).path, entry.path);
  });

  it('drops and counts lines when too many wait', () => {
    const log = new AccessLog(collector());
    for (let index = 0; index < 10_005; index++) log.write(entry);
    assert.equal(log.dropped, 5);
    log.flush();
  });
});
