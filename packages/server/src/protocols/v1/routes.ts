import { InferenceError, invalidInput } from '@berth/inference';
import type { Exchange } from '../../http/exchange.ts';
import { notFound } from '../../http/path.ts';
import { assertValidName } from '../../repository/names.ts';
import { whenAwake } from '../../repository/when-awake.ts';
import { predictV1 } from './predict.ts';

/** Answers `/v1/models…`: KServe's v1 protocol. */
export function routeV1(exchange: Exchange): undefined | Promise<undefined> {
  const { segments } = exchange;
  if (segments[1] !== 'models' || segments.length > 3) throw notFound(segments);
  if (segments.length === 2) {
    exchange.route = '/v1/models';
    if (!reads(exchange, '')) return undefined;
    const models = exchange.theService.repository.list().map((served) => served.name);
    exchange.json(200, JSON.stringify({ models }));
    return undefined;
  }
  const colon = segments[2].indexOf(':');
  const name = colon < 0 ? segments[2] : segments[2].slice(0, colon);
  const verb = colon < 0 ? undefined : segments[2].slice(colon + 1);
  assertValidName(name, 'model');
  if (verb === undefined) return status(exchange, name);
  return whenAwake<undefined>(exchange.theService.repository, name, () => act(exchange, name, verb));
}

function act(exchange: Exchange, name: string, verb: string): undefined {
  switch (verb) {
    case 'predict':
      return predict(exchange, name);
    case 'explain':
      return explain(exchange, name);
    default:
      throw new InferenceError(
        'NOT_FOUND',
        `there is no ${JSON.stringify(verb.slice(0, 60))} here: a prediction is a POST to /v1/models/${name}:predict`,
      );
  }
}

function status(exchange: Exchange, name: string): undefined {
  exchange.route = 'v1 model';
  if (!reads(exchange, `This is the status path. A prediction is a POST to /v1/models/${name}:predict`))
    return undefined;
  const { repository } = exchange.theService;
  const found = repository.isAsleep?.(name) === true ? name : repository.resolve(name).served.name;
  exchange.json(200, JSON.stringify({ name: found, ready: true }));
  return undefined;
}

function predict(exchange: Exchange, name: string): undefined {
  exchange.route = 'v1 predict';
  if (exchange.method === 'POST') predictV1(exchange, name);
  else exchange.methodNotAllowed('POST', `A prediction is a POST to /v1/models/${name}:predict`);
  return undefined;
}

function explain(exchange: Exchange, name: string): undefined {
  exchange.route = 'v1 explain';
  if (exchange.method !== 'POST') {
    exchange.methodNotAllowed('POST');
    return undefined;
  }
  exchange.theService.repository.resolve(name);
  throw new InferenceError(
    'UNIMPLEMENTED',
    `model "${name}" has no explainer; /v1/models/${name}:predict gives predictions`,
  );
}

function reads(exchange: Exchange, hint: string): boolean {
  if (exchange.method === 'GET' || exchange.method === 'HEAD') return true;
  exchange.methodNotAllowed('GET', hint);
  return false;
}

/** INVALID_INPUT for a v2 body, with the path it goes to. */
export function v2BodyOnV1(name: string, found: string): InferenceError {
  return invalidInput(
    `${found}, which is a v2 request: POST it to /v2/models/${name}/infer; a v1 request has "instances", a list of rows`,
  );
}
