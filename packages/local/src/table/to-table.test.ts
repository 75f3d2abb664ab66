import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ApiObject } from '@berth/control';
import { KINDS, kindInfo } from '../kinds/kind-info.ts';
import { humanDuration } from './human-duration.ts';
import { toTable } from './to-table.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const OPTIONS = { resourceVersion: '7', includeObject: 'None', apiVersion: 'meta.k8s.io/v1', now: NOW } as const;

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; object: { kind: string } | null }[];
}

function table(
  kind: string,
  fields: Record<string, unknown>,
  options: Partial<Parameters<typeof toTable>[2]> = {},
): Table {
  const info = kindInfo(kind);
  assert.ok(info);
  const { metadata, ...rest } = fields;
  const meta = {
    name: 'one',
    uid: 'u',
    resourceVersion: '7',
    generation: 1,
    creationTimestamp: '2026-03-01T11:58:30Z',
  };
  const object = { apiVersion: 'v1', kind, metadata: { ...meta, ...(metadata as object) }, ...rest } as ApiObject;
  return toTable(info, [object], { ...OPTIONS, ...options }) as Table;
}

/** The row as `kubectl get` shows it: column name to cell. */
function row(kind: string, fields: Record<string, unknown>, isWide = false): Record<string, unknown> {
  const { columnDefinitions, rows } = table(kind, fields);
  const cells = rows[0]?.cells ?? [];
  assert.equal(cells.length, columnDefinitions.length);
  const shown = columnDefinitions.map((one, index) => [one, cells[index]] as const);
  return Object.fromEntries(
    shown.filter(([one]) => isWide || one.priority === 0).map(([one, value]) => [one.name, value]),
  );
}

describe('ages', () => {
  for (const [seconds, text] of [
    [-5, '<invalid>'],
    [-0.5, '0s'],
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [125, '2m5s'],
    [599, '9m59s'],
    [600, '10m'],
    [10799, '179m'],
    [10800, '3h'],
    [10860, '3h1m'],
    [28800, '8h'],
    [172799, '47h'],
    [172800, '2d'],
    [180000, '2d2h'],
    [691200, '8d'],
    [63071999, '729d'],
    [63072000, '2y'],
    [63158400, '2y1d'],
    [252288000, '8y'],
  ] as const) {
    it(`prints ${seconds} seconds as ${text}`, () => assert.equal(humanDuration(seconds * 1000), text));
  }
});

describe('tables', () => {
  it("show an InferenceService with KServe's columns", () => {
    const traffic = [
      { latestRevision: true, percent: 20, revisionName: 'one-2' },
      { tag: 'prev', percent: 80, revisionName: 'one-1' },
    ];
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = { url: 'http://one-default.example.com', conditions, components: { predictor: { traffic } } };
    assert.deepEqual(row('InferenceService', { status }), {
      Name: 'one',
      URL: 'http://one-default.example.com',
      Ready: 'True',
      Prev: 80,
      Latest: 20,
      PrevRolledoutRevision: 'one-1',
      LatestReadyRevision: 'one-2',
      Age: '90s',
    });
  });

  it('leave cells empty where status says nothing yet, or nonsense', () => {
    const empty = {
      URL: null,
      Ready: null,
      Prev: null,
      Latest: null,
      PrevRolledoutRevision: null,
      LatestReadyRevision: null,
    };
    for (const status of [undefined, null, [], 'x', { components: [], conditions: {}, url: {} }]) {
      assert.deepEqual(row('InferenceService', { status }), { Name: 'one', ...empty, Age: '90s' });
    }
  });

  it("show a pod with a container's reason before its phase", () => {
    const spec = { containers: [{ name: 'kserve-container' }], nodeName: 'here' };
    const container = { ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } };
    const lastState = { terminated: { finishedAt: '2026-03-01T11:59:00Z' } };
    const status = { phase: 'Running', containerStatuses: [{ ...container, lastState }] };
    const expected = { Name: 'one', Ready: '0/1', Status: 'CrashLoopBackOff', Restarts: '3 (60s ago)', Age: '90s' };
    assert.deepEqual(row('Pod', { spec, status }), expected);
    assert.equal(row('Pod', { spec, status }, true).Node, 'here');
    const running = { phase: 'Running', containerStatuses: [{ ready: true, restartCount: 0, state: { running: {} } }] };
    assert.deepEqual(row('Pod', { spec, status: running }), {
      ...expected,
      Ready: '1/1',
      Status: 'Running',
      Restarts: '0',
    });
    const metadata = { deletionTimestamp: '2026-03-01T11:59:00Z' };
    assert.equal(row('Pod', { metadata, spec, status: running }).Status, 'Terminating');
    const killed = { phase: 'Failed', containerStatuses: [{ state: { terminated: { signal: 9, exitCode: 137 } } }] };
    assert.equal(row('Pod', { spec, status: killed }).Status, 'Signal:9');
  });

  it('show an event by when it was seen last', () => {
    const event = {
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'not ready\n',
      count: 4,
      firstTimestamp: '2026-03-01T11:00:00Z',
      lastTimestamp: '2026-03-01T11:59:50Z',
      involvedObject: { kind: 'InferenceService', name: 'iris' },
      source: { component: 'berth' },
    };
    assert.deepEqual(row('Event', event), {
      'Last Seen': '10s',
      Type: 'Warning',
      Reason: 'Unhealthy',
      Object: 'inferenceservice/iris',
      Message: 'not ready',
    });
    assert.deepEqual([row('Event', event, true)['First Seen'], row('Event', event, true).Count], ['60m', 4]);
  });

  it('count the keys of a Secret and show none', () => {
    const secret = { type: 'Opaque', data: { password: 'c2VjcmV0' } };
    assert.deepEqual(row('Secret', secret), { Name: 'one', Type: 'Opaque', Data: 1, Age: '90s' });
  });

  it('have a name and an age for every kind, and survive an object with nothing in it', () => {
    for (const { kind } of KINDS) {
      const shown = row(kind, {}, true);
      assert.equal(shown.Name, 'one', kind);
    }
  });

  it('carry of each object what was asked for', () => {
    assert.equal(table('ConfigMap', {}).rows[0]?.object, null);
    assert.equal(table('ConfigMap', {}, { includeObject: 'Metadata' }).rows[0]?.object?.kind, 'PartialObjectMetadata');
    assert.equal(table('ConfigMap', {}, { includeObject: 'Object' }).rows[0]?.object?.kind, 'ConfigMap');
  });
});
