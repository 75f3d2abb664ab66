import { InferenceError } from '@berth/inference';
import type { Exchange } from '../../http/exchange.ts';
import { checkManagementHost } from '../../http/guard.ts';
import { notFound } from '../../http/path.ts';
import { assertValidName } from '../../repository/names.ts';
import { whenAwake } from '../../repository/when-awake.ts';
import { type V2Flavour, v2Flavour } from './flavours.ts';
import { inferV2, inferV2Stream } from './infer.ts';
import { modelMetadata, serverMetadata } from './metadata.ts';
import { checkControlRequest, decodeIndexRequest, repositoryIndex } from './repository.ts';
import { modelStatistics } from './statistics.ts';

/** Answers `/v2…`: the Open Inference Protocol with Triton's extensions. */
export function routeV2(exchange: Exchange): undefined | Promise<void> {
  const { segments } = exchange;
  // Server-level routes answer under any host name; what names a model needs its service.
  const flavour = v2Flavour(exchange.service?.flavour ?? 'kserve');
  if (segments.length === 1) {
    exchange.route = '/v2';
    if (reads(exchange)) exchange.json(200, serverMetadata(flavour));
    return undefined;
  }
  switch (segments[1]) {
    case 'models':
      return routeModels(exchange, flavour);
    case 'health':
      return routeHealth(exchange, flavour);
    case 'repository':
      return routeRepository(exchange, flavour);
    case 'trace':
    case 'logging':
    case 'systemsharedmemory':
    case 'cudasharedmemory':
      throw new InferenceError(
        'UNIMPLEMENTED',
        `this server has no ${segments[1]} extension; GET /v2 lists those it has`,
      );
    default:
      throw notFound(exchange.segments);
  }
}

function routeModels(exchange: Exchange, flavour: V2Flavour): undefined | Promise<void> {
  const { segments } = exchange;
  if (segments.length === 2) {
    exchange.route = '/v2/models';
    if (!reads(exchange)) return undefined;
    const models = exchange.theService.repository.list().map((served) => served.name);
    exchange.json(200, JSON.stringify({ models }));
    return undefined;
  }
  const name = segments[2];
  if (segments.length === 3 && name === 'stats') return statistics(exchange, undefined, undefined, flavour);
  const versioned = segments.length > 4 && segments[3] === 'versions';
  const version = versioned ? segments[4] : undefined;
  const action = segments[versioned ? 5 : 3];
  if (segments.length > (versioned ? 6 : 4)) throw notFound(segments);
  assertValidName(name, 'model');
  if (version !== undefined) assertValidName(version, 'version');
  if (action === 'ready') return modelReady(exchange, name, version);
  if (action === 'stats') return statistics(exchange, name, version, flavour);
  return whenAwake(exchange.theService.repository, name, () => act(exchange, name, version, action));
}

/** What needs the model in memory. */
function act(exchange: Exchange, name: string, version: string | undefined, action: string | undefined): undefined {
  switch (action) {
    case 'infer':
      return infer(exchange, name, version);
    case undefined:
      return metadata(exchange, name, version);
    case 'config':
      return config(exchange, name, version);
    case 'infer_stream':
    case 'generate_stream':
      return inferStream(exchange, name, version);
    case 'generate':
      return generate(exchange, name, version);
    default:
      throw notFound(exchange.segments);
  }
}

/** The flavour of a model, or the service's where the name is unknown. */
function flavourOf(exchange: Exchange, name: string): V2Flavour {
  const service = exchange.theService;
  return v2Flavour(service.repository.find(name)?.flavour ?? service.flavour);
}

function infer(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 infer';
  if (exchange.method === 'POST') inferV2(exchange, name, version);
  else exchange.methodNotAllowed('POST', `An inference is a POST to /v2/models/${name}/infer`);
  return undefined;
}

/** MLServer's second name for infer; Triton's generate, which is for models that make text, is not offered. */
function generate(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 generate';
  const service = exchange.theService;
  const flavour = service.repository.find(name)?.flavour ?? service.flavour;
  if (flavour === 'mlserver') return infer(exchange, name, version);
  service.repository.resolve(name, version);
  throw new InferenceError('UNIMPLEMENTED', `model "${name}" does not generate text; use /v2/models/${name}/infer`);
}

/** MLServer's streams, which answer one event for a model that answers once. */
function inferStream(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 stream';
  if (!posts(exchange)) return undefined;
  const { served } = exchange.theService.repository.resolve(name, version);
  if (served.flavour !== 'mlserver') {
    throw new InferenceError('UNIMPLEMENTED', `model "${name}" does not stream; use /v2/models/${name}/infer`);
  }
  inferV2Stream(exchange, name, version);
  return undefined;
}

function metadata(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 model';
  if (!reads(exchange, `An inference is a POST to /v2/models/${name}/infer`)) return undefined;
  const { served, model } = exchange.theService.repository.resolve(name, version);
  exchange.json(200, modelMetadata(served, model.metadata, v2Flavour(served.flavour)));
  return undefined;
}

function modelReady(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 ready';
  if (!reads(exchange)) return undefined;
  const flavour = flavourOf(exchange, name);
  const { repository } = exchange.theService;
  let ready: string;
  try {
    ready = repository.isAsleep?.(name) === true ? name : repository.resolve(name, version).served.name;
  } catch (error) {
    const { code, message, retryAfterSeconds } = InferenceError.from(error);
    if (code === 'NOT_FOUND' && flavour.unknownReady !== undefined) {
      const { status, error: text } = flavour.unknownReady;
      exchange.json(status, JSON.stringify({ error: text }));
    } else if (code === 'NOT_READY') {
      const retry = retryAfterSeconds === undefined ? [] : ['retry-after', String(retryAfterSeconds)];
      exchange.json(flavour.notReadyStatus, JSON.stringify({ error: message }), retry);
    } else {
      throw error;
    }
    return undefined;
  }
  answerHealth(exchange, flavour, 200, { name: ready, ready: true });
  return undefined;
}

function routeHealth(exchange: Exchange, flavour: V2Flavour): undefined | Promise<void> {
  const { segments } = exchange;
  const kind = segments[2];
  if (segments.length !== 3 || (kind !== 'live' && kind !== 'ready')) throw notFound();
  exchange.route = `v2 health ${kind}`;
  if (!reads(exchange)) return undefined;
  if (kind === 'live') {
    answerHealth(exchange, flavour, 200, { live: true });
    return undefined;
  }
  const { coordination, router } = exchange.context;
  const services = exchange.service === undefined ? router.services : [exchange.service];
  const ready = services.map((service) => coordination.ready(service));
  if (ready.every((each) => typeof each === 'boolean')) {
    serverReady(exchange, flavour, ready.every(Boolean));
    return undefined;
  }
  return Promise.all(ready).then((all) => serverReady(exchange, flavour, all.every(Boolean)));
}

function serverReady(exchange: Exchange, flavour: V2Flavour, ready: boolean): void {
  answerHealth(exchange, flavour, ready ? 200 : flavour.notReadyStatus, { ready });
}

function answerHealth(exchange: Exchange, flavour: V2Flavour, status: number, body: object): void {
  if (flavour.healthBody) exchange.json(status, JSON.stringify(body));
  else exchange.send(status, flavour.healthType, '');
}

function statistics(
  exchange: Exchange,
  name: string | undefined,
  version: string | undefined,
  flavour: V2Flavour,
): undefined | Promise<void> {
  exchange.route = 'v2 stats';
  if (!reads(exchange)) return undefined;
  const service = exchange.theService;
  if (name !== undefined && !isKnown(exchange, name, version, flavour)) return undefined;
  const list = exchange.context.coordination.statistics(service, name, version);
  if (list instanceof Promise) {
    return list.then((each) => exchange.json(200, modelStatistics(each, flavour.unnamedVersion)));
  }
  exchange.json(200, modelStatistics(list, flavour.unnamedVersion));
  return undefined;
}

/** Whether a model can be resolved; answers with the flavour's status for an unknown one. */
function isKnown(exchange: Exchange, name: string, version: string | undefined, flavour: V2Flavour): boolean {
  try {
    exchange.theService.repository.resolve(name, version);
    return true;
  } catch (thrown) {
    const error = InferenceError.from(thrown);
    if (error.code !== 'NOT_FOUND') throw error;
    exchange.sendError(flavour.unknownStatisticsStatus, error);
    return false;
  }
}

/** Triton's model configuration, of models that carry one. */
function config(exchange: Exchange, name: string, version: string | undefined): undefined {
  exchange.route = 'v2 config';
  if (!reads(exchange)) return undefined;
  const { model } = exchange.theService.repository.resolve(name, version);
  if (model.config === undefined) {
    throw new InferenceError(
      'NOT_FOUND',
      `model "${name}" has no Triton configuration; its inputs and outputs are at /v2/models/${name}`,
    );
  }
  exchange.json(200, JSON.stringify(model.config));
  return undefined;
}

function routeRepository(exchange: Exchange, flavour: V2Flavour): undefined {
  const { segments, context } = exchange;
  if (segments.length === 3 && segments[2] === 'index') {
    exchange.route = 'v2 repository index';
    if (!posts(exchange)) return undefined;
    exchange.withBody((body) => {
      const { repository } = exchange.theService;
      exchange.json(200, repositoryIndex(repository, decodeIndexRequest(body), flavour));
      return undefined;
    });
    return undefined;
  }
  const action = segments[4];
  if (segments.length !== 5 || (action !== 'load' && action !== 'unload') || segments[2] !== 'models') {
    if (segments.length > 4)
      throw new InferenceError('UNIMPLEMENTED', "'repository_name' specification is not supported");
    throw notFound();
  }
  exchange.route = `v2 repository ${action}`;
  if (!posts(exchange)) return undefined;
  checkManagementHost(exchange.header('host'), context);
  if (!context.modelControl) {
    throw new InferenceError(
      'FORBIDDEN',
      'loading and unloading over the network is off; start the server with --model-control',
    );
  }
  assertValidName(segments[3], 'model');
  if (!isJsonType(exchange.header('content-type'))) {
    throw new InferenceError('UNSUPPORTED_MEDIA', 'send the header "Content-Type: application/json", or none');
  }
  exchange.withBody((body) => control(exchange, segments[3], action, body, flavour));
  return undefined;
}

/** Types that a page of another site can not send without being asked first; or none. */
function isJsonType(contentType: string | undefined): boolean {
  return contentType === undefined || contentType.split(';', 1)[0].trim().toLowerCase() === 'application/json';
}

async function control(
  exchange: Exchange,
  name: string,
  action: 'load' | 'unload',
  body: Buffer,
  flavour: V2Flavour,
): Promise<void> {
  checkControlRequest(body, action);
  const { coordination } = exchange.context;
  try {
    await coordination[action](exchange.theService, name);
  } catch (thrown) {
    const error = InferenceError.from(thrown);
    if (error.code !== 'NOT_FOUND') throw error;
    const status = action === 'load' ? flavour.unknownLoadStatus : flavour.unknownUnloadStatus;
    if (status !== 200) {
      exchange.sendError(status, error);
      return;
    }
  }
  const answer = flavour.controlBody ? JSON.stringify({ name, [action]: true }) : '';
  exchange.json(200, answer);
}

function reads(exchange: Exchange, hint?: string): boolean {
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return true;
  exchange.methodNotAllowed('GET', hint);
  return false;
}

function posts(exchange: Exchange): boolean {
  if (exchange.method === 'POST') return true;
  exchange.methodNotAllowed('POST');
  return false;
}
