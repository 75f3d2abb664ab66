import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Address } from '@berth/api';
import type { ReplicaView, Runner, Workload } from '@berth/control';
import { findControlGroups } from '../isolation/control-groups.ts';
import { createLocalHost, type LocalHost } from '../keeper/local-host.ts';
import { createSubstrate, type LocalSubstrate, type SubstrateOptions } from '../processes/create-substrate.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');

/** The model of an example of this repository. */
export function exampleModel(name: string): string {
  return join(ROOT, 'examples', name, 'model');
}

/** A substrate on a host of its own, in a folder of its own. */
export interface Bench {
  readonly folder: string;
  readonly host: LocalHost;
  readonly substrate: LocalSubstrate;
  /** Every state that a replica was told to be in, in order. */
  readonly states: Map<string, string[]>;
  view(id: string): ReplicaView | undefined;
  until(id: string, state: ReplicaView['state']): Promise<ReplicaView>;
  /** A second substrate on the same host, as after a restart of the control part. */
  reconnect(): Promise<LocalSubstrate>;
  close(): Promise<void>;
}

export async function bench(options: Partial<SubstrateOptions> = {}): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'berth-sub-'));
  const host = createLocalHost();
  const make = () =>
    createSubstrate({
      host,
      runFolder: join(folder, 'run'),
      stateFolder: join(folder, 'state'),
      node: process.execPath,
      cli: join(ROOT, 'packages', 'cli', 'bin', 'berth.js'),
      ...options,
    });
  let substrate = await make();
  const states = new Map<string, string[]>();
  const listen = (one: LocalSubstrate) =>
    one.onChange((id, view) => {
      const seen = states.get(id) ?? [];
      states.set(id, seen);
      const state = view?.state ?? 'gone';
      if (seen.at(-1) !== state) seen.push(state);
    });
  listen(substrate);
  const view = (id: string) => substrate.replicas().find((one) => one.id === id);
  return {
    folder,
    host,
    get substrate() {
      return substrate;
    },
    states,
    view,
    until: (id, state) =>
      waitUntil(`${id} is ${state}`, () => {
        const one = view(id);
        return one?.state === state && one;
      }).catch((error) => {
        throw new Error(`${error.message}: ${view(id)?.state} ${JSON.stringify(view(id)?.failure)}`.slice(0, 1_500));
      }),
    async reconnect() {
      substrate.close();
      substrate = await make();
      listen(substrate);
      return substrate;
    },
    async close() {
      substrate.close();
      await host.stopAll(0);
      // Looking for control groups removes those that are empty now.
      findControlGroups(join(folder, 'state'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A workload with what most tests leave alone. */
export function workload(runner: Runner, more: Partial<Workload> = {}): Workload {
  return {
    namespace: 'default',
    service: 'iris',
    revision: 'iris-00001',
    component: 'predictor',
    runner,
    env: {},
    mounts: [{ mountPath: '/mnt/models', path: exampleModel('sklearn-iris'), readOnly: true }],
    probes: {},
    limits: {},
    requests: {},
    terminationGraceSeconds: 5,
    labels: {},
    ...more,
  };
}

/** Berth's own server with one scikit-learn model. */
export function nativeRunner(more: object = {}): Runner {
  return {
    kind: 'native',
    format: 'sklearn',
    flavour: 'kserve',
    protocol: 'v1',
    modelName: 'iris',
    predictProba: false,
    threads: 1,
    args: [],
    multiModel: false,
    ...more,
  };
}

/** A Node script as a command of the user's. */
export function scriptRunner(
  script: string,
  more: { args?: string[]; ports?: { containerPort: number; name?: string }[] } = {},
): Runner {
  return { kind: 'command', command: [process.execPath, '-e', script], args: [], ports: [], ...more };
}

/** Sends a request to an address. */
export function call(address: Address, path: string, body?: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const target = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
    const sent = request(
      { ...target, path, method: body === undefined ? 'GET' : 'POST', headers: { host: 'localhost' }, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
