import type { Flavour } from '@berth/formats';
import { InferenceError, type InferRequest, type InferResponse, type Model, type TensorSpec } from '@berth/inference';
import type { ModelRepository, Resolved, ServedModel, Service } from '../dataplane/types.ts';

/** A model for tests. */
export interface FakeModel {
  readonly name: string;
  readonly version?: string;
  readonly flavour?: Flavour;
  readonly platform?: string;
  readonly inputs?: readonly TensorSpec[];
  readonly outputs?: readonly TensorSpec[];
  readonly ready?: boolean;
  readonly properties?: ReadonlyMap<string, string>;
  readonly infer?: (request: InferRequest) => InferResponse | Promise<InferResponse>;
}

/** Answers with the inputs it got. */
export function echo(request: InferRequest): InferResponse {
  return { outputs: request.inputs.map(({ name, datatype, shape, data }) => ({ name, datatype, shape, data })) };
}

/** A service whose models are fakes: for protocols' tests. `loads` keeps what was asked of the repository. */
export function fakeService(
  models: readonly FakeModel[],
  options: { flavour?: Flavour; name?: string; namespace?: string; hosts?: string[] } = {},
): Service & { readonly loads: string[] } {
  const flavour = options.flavour ?? 'kserve';
  const loads: string[] = [];
  const served = new Map<string, { served: ServedModel; resolved: Resolved }>();
  for (const model of models) served.set(model.name, makeServed(model, flavour));
  const repository: ModelRepository = {
    resolve(name, version) {
      const found = served.get(name);
      if (found === undefined) throw unknown(flavour, name);
      if (version !== undefined && found.resolved.version.version !== version) {
        const unnamed = found.resolved.version.version === '' && version === '1' && flavour === 'triton';
        if (!unnamed)
          throw new InferenceError('NOT_FOUND', `Request for unknown model: '${name}' version ${version} is not found`);
      }
      if (found.resolved.version.state !== 'READY') {
        throw new InferenceError('NOT_READY', `Model with name ${name} is not ready.`, { retryAfterSeconds: 1 });
      }
      return found.resolved;
    },
    find: (name) => served.get(name)?.served,
    list: () => [...served.values()].map((each) => each.served),
    async load(name) {
      loads.push(`load ${name}`);
      if (!served.has(name)) throw new InferenceError('NOT_FOUND', `failed to load '${name}': there is no such model`);
    },
    async unload(name) {
      loads.push(`unload ${name}`);
      if (!served.has(name)) throw unknown(flavour, name);
    },
    ready: () => [...served.values()].every((each) => each.resolved.version.state === 'READY'),
    close: async () => undefined,
  };
  return {
    namespace: options.namespace ?? 'default',
    name: options.name ?? 'test',
    hosts: options.hosts ?? [],
    flavour,
    repository,
    loads,
  };
}

function makeServed(fake: FakeModel, flavour: Flavour): { served: ServedModel; resolved: Resolved } {
  const model: Model = {
    metadata: {
      platform: fake.platform ?? '',
      inputs: fake.inputs ?? [],
      outputs: fake.outputs ?? [],
      defaultOutputs: [],
      properties: fake.properties ?? new Map(),
    },
    infer: fake.infer ?? echo,
    close: async () => undefined,
  };
  const state = fake.ready === false ? 'LOADING' : 'READY';
  const version = { version: fake.version ?? '', state, model } as const;
  const served: ServedModel = {
    name: fake.name,
    flavour: fake.flavour ?? flavour,
    versions: [version],
    versioned: fake.version !== undefined,
  };
  return { served, resolved: { served, version, model } };
}

function unknown(flavour: Flavour, name: string): InferenceError {
  const text =
    flavour === 'triton'
      ? `Request for unknown model: '${name}' is not found`
      : flavour === 'mlserver'
        ? `Model ${name} not found`
        : `Model with name ${name} does not exist.`;
  return new InferenceError('NOT_FOUND', text);
}
