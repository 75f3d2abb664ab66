import { existsSync } from 'node:fs';
import { InferenceError, type InferRequest, type Model } from '@berth/inference';
import { createModelRepository } from '../repository/repository.ts';
import type { App, AppContext } from '../start/options.ts';
import { echo } from './fake-service.ts';

/** What the test's app is told. */
export interface WorkerAppConfig {
  /** Models by name that are there from the start. */
  readonly models: readonly string[];
  /** Models that can be loaded by name. */
  readonly loadable?: readonly string[];
  /** A worker with this number fails to load the loadable ones. */
  readonly failsIn?: number;
  /** A worker with this number takes `slowMs` to load what is there from the start; the server listens meanwhile. */
  readonly slowIn?: number;
  readonly slowMs?: number;
  /** While this file is there, creating the app fails. */
  readonly brokenWhile?: string;
}

/** An app for tests of several processes: models that say which process answered, that are slow, or that end it. */
export async function createApp(config: WorkerAppConfig, context: AppContext): Promise<App> {
  if (config.brokenWhile !== undefined && existsSync(config.brokenWhile)) throw new Error('the app is broken');
  let started = false;
  const repository = createModelRepository({
    flavour: 'triton',
    discover: async () => [...config.models, ...(started ? (config.loadable ?? []) : [])].map((name) => ({ name })),
    load: async ({ name }): Promise<Model> => {
      if (config.failsIn === context.worker && config.loadable?.includes(name)) {
        throw new InferenceError('INVALID_INPUT', `worker ${context.worker} does not like ${name}`);
      }
      if (config.slowIn === context.worker) await new Promise((resolve) => setTimeout(resolve, config.slowMs));
      return fakeModel(name);
    },
  });
  const settled = repository.loadAll().then(() => {
    started = true;
    context.report({ loaded: config.models, pid: process.pid });
  });
  if (config.slowMs === undefined) await settled;
  return { services: [{ namespace: 'default', name: 'test', hosts: [], flavour: 'triton', repository }], settled };
}

function fakeModel(name: string): Model {
  return {
    metadata: {
      platform: 'test',
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1] }],
      outputs: [],
      defaultOutputs: [],
      properties: new Map(),
    },
    infer: (request) => answer(name, request),
    close: async () => undefined,
  };
}

function answer(name: string, request: InferRequest) {
  if (name === 'pid') {
    return { outputs: [{ name: 'pid', datatype: 'INT32' as const, shape: [1], data: new Int32Array([process.pid]) }] };
  }
  if (name === 'suicide') process.kill(process.pid, 'SIGKILL');
  if (name === 'slow') {
    const milliseconds = Number(request.inputs[0]?.data[0]);
    return new Promise<ReturnType<typeof echo>>((resolve) => setTimeout(() => resolve(echo(request)), milliseconds));
  }
  return echo(request);
}
