import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../processes/clock.ts';
import { readProbe } from './probe-spec.ts';
import { Prober } from './prober.ts';
import type { ProbeResult } from './run-probe.ts';

/** Time that passes when it is told to. */
class TestClock implements Clock {
  #now = 0;
  #waiting: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const entry = { at: this.#now + milliseconds, callback };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== entry);
    };
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    for (;;) {
      const next = this.#waiting.sort((left, right) => left.at - right.at)[0];
      if (next === undefined || next.at > until) break;
      this.#waiting.shift();
      this.#now = next.at;
      next.callback();
      // The probe and what follows from it are promises.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    this.#now = until;
  }
}

function watch(probe: object, answer: (now: number) => boolean, isEager: boolean) {
  const clock = new TestClock();
  const events: string[] = [];
  const tries: number[] = [];
  const spec = readProbe({ tcpSocket: { port: 1 }, ...probe }) ?? assert.fail('it is a probe');
  const run = async (): Promise<ProbeResult> => {
    tries.push(clock.now());
    return answer(clock.now()) ? { isOk: true } : { isOk: false, message: 'no' };
  };
  const prober = new Prober(
    spec,
    run,
    {
      onSuccess: () => events.push(`ok ${clock.now()}`),
      onFailure: () => events.push(`failed ${clock.now()}`),
    },
    { clock, isEager },
  );
  return { clock, events, tries, prober };
}

describe('a prober', () => {
  test('that is eager finds a quick start within its next try, and then asks once a period', async () => {
    const { clock, events, tries } = watch({}, (now) => now >= 200, true);
    await clock.pass(1_000);
    assert.equal(events.length, 1);
    const at = Number(events[0]?.slice(3));
    assert.ok(at >= 200 && at <= 225, `${at}`);
    const before = tries.length;
    await clock.pass(30_000);
    assert.equal(tries.length, before + 3);
  });

  test('that is eager counts failures by the period, not by the try', async () => {
    const { clock, events } = watch({ periodSeconds: 2, failureThreshold: 3 }, () => false, true);
    await clock.pass(5_900);
    assert.deepEqual(events, []);
    await clock.pass(400);
    assert.equal(events.length, 1);
  });

  test('slows down where a start takes long', async () => {
    const { clock, tries } = watch({}, () => false, true);
    await clock.pass(60_000);
    const early = tries.filter((at) => at < 10_000).length;
    const late = tries.filter((at) => at >= 50_000).length;
    assert.ok(early > 300 && late <= 41, `${early} ${late}`);
  });

  test('waits for its initial delay, and for as many successes and failures as it is told', async () => {
    const probe = { initialDelaySeconds: 5, periodSeconds: 1, successThreshold: 2, failureThreshold: 2 };
    const { clock, events, tries, prober } = watch(probe, (now) => now < 10_000 || now > 15_000, false);
    await clock.pass(4_999);
    assert.deepEqual(tries, []);
    await clock.pass(13_001);
    assert.deepEqual(events, [
      'ok 6000',
      'failed 11000',
      'failed 12000',
      'failed 13000',
      'failed 14000',
      'failed 15000',
      'ok 17000',
    ]);
    prober.stop();
    const before = tries.length;
    await clock.pass(10_000);
    assert.equal(tries.length, before);
  });
});

describe('a probe as it is written', () => {
  test("has Kubernetes' defaults", () => {
    assert.deepEqual(
      readProbe({ httpGet: { path: 'ready', port: '8080', httpHeaders: [{ name: 'A', value: 'b' }] } }),
      {
        action: {
          kind: 'httpGet',
          path: '/ready',
          port: 8080,
          host: undefined,
          headers: [['A', 'b']],
          isHttps: false,
        },
        initialDelayMs: 0,
        periodMs: 10_000,
        timeoutMs: 1_000,
        successThreshold: 1,
        failureThreshold: 3,
      },
    );
    assert.deepEqual(readProbe({ grpc: { port: 9000 } })?.action, { kind: 'grpc', port: 9000, service: '' });
    assert.deepEqual(readProbe({ tcpSocket: { port: 'http' } })?.action, { kind: 'tcpSocket', port: 'http' });
    assert.deepEqual(readProbe({ exec: { command: ['a', 1] } })?.action, { kind: 'exec', command: ['a', '1'] });
  });

  test('is never a busy loop, whatever the numbers are', () => {
    for (const periodSeconds of [0, -5, Number.NaN, 'x', 1e99, null]) {
      const spec = readProbe({
        tcpSocket: {},
        periodSeconds,
        timeoutSeconds: periodSeconds,
        failureThreshold: periodSeconds,
      });
      assert.ok((spec?.periodMs ?? 0) >= 1_000 && (spec?.periodMs ?? 0) <= 86_400_000);
      assert.ok((spec?.timeoutMs ?? 0) >= 1_000);
      assert.ok((spec?.failureThreshold ?? 0) >= 1);
    }
  });

  test('is none where it names no action', () => {
    for (const probe of [undefined, {}, { exec: {} }, { exec: { command: [] } }, { httpGet: 'x' }, { tcpSocket: [] }]) {
      assert.equal(readProbe(probe as Record<string, unknown> | undefined), undefined);
    }
  });
});
