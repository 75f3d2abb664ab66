import { invalidInput } from '@berth/inference';
import type { Service } from '../dataplane/types.ts';
import { Exchange } from './exchange.ts';
import { guard } from './guard.ts';
import {
  type HttpHandlerOptions,
  type HttpRequest,
  type HttpResponse,
  MAX_HEADERS_COUNT,
  resolveOptions,
} from './options.ts';
import { splitPath } from './path.ts';
import { route } from './routes.ts';

/** The function to give to `http.createServer` (and, through its compatibility layer, to http2). */
export type HttpHandler = ((request: HttpRequest, response: HttpResponse) => void) & {
  /** Ends the parser thread, if one was started. */
  close(): Promise<void>;
};

/** Host names whose service is remembered, so that the hot path does not parse them. */
const MAX_KNOWN_HOSTS = 1000;

/** Makes the HTTP side of the server: v1, v2, metrics, OpenAPI; everything it needs is passed in. */
export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  const context = resolveOptions(options);
  const services = new Map<string, Service | undefined>();
  let current = options.router.services;

  function serviceOf(host: string | undefined): Service | undefined {
    if (options.router.services !== current) {
      current = options.router.services;
      services.clear();
    }
    const key = host ?? '';
    const known = services.get(key);
    if (known !== undefined) return known;
    const service = options.router.byHost(host);
    if (service !== undefined && services.size < MAX_KNOWN_HOSTS) services.set(key, service);
    return service;
  }

  const handle = (request: HttpRequest, response: HttpResponse): void => {
    const exchange = new Exchange(request, response, context);
    if (request.rawHeaders.length >= 2 * MAX_HEADERS_COUNT) {
      // The parser leaves out what is beyond its bound, which may be the header that matters.
      exchange.sendError(431, invalidInput(`the request has ${MAX_HEADERS_COUNT} headers or more; send fewer`));
      return;
    }
    try {
      const host = guard(request, context);
      exchange.service = serviceOf(host);
      exchange.segments = splitPath(request.url ?? '');
      const answered = route(exchange);
      if (answered !== undefined) answered.catch((error) => exchange.fail(error));
    } catch (error) {
      exchange.fail(error);
    }
  };
  return Object.assign(handle, { close: () => context.codec.close() });
}
