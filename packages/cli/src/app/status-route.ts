import type { InferenceService } from '@berth/api';
import type { ExtraRoute } from '@berth/server';

const PREFIX = '/apis/serving.kserve.io/v1beta1';
const PATH =
  /^\/apis\/serving\.kserve\.io\/v1beta1(?:\/namespaces\/([^/]+))?\/inferenceservices(?:\/([^/]+))?(\/status)?$/;

/**
 * Serves the InferenceServices read-only at the path that Kubernetes has for them; `services` gets the port that was asked.
 */
export function statusRoute(services: (port: number) => readonly InferenceService[]): ExtraRoute {
  return (request, response, path) => {
    if (!path.startsWith(PREFIX)) return false;
    const match = PATH.exec(path);
    if (match === null) return false;
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      const text = JSON.stringify(body);
      response.statusCode = status;
      response.setHeader('content-type', 'application/json');
      response.setHeader('content-length', Buffer.byteLength(text));
      for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
      response.end(request.method === 'HEAD' ? '' : text);
      return true;
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const message = 'the services of berth run are read-only here; change the YAML and start again';
      return send(405, failure(405, 'MethodNotAllowed', message), { allow: 'GET, HEAD' });
    }
    const [, namespace, name] = match;
    const port = request.socket.localPort ?? 0;
    const inNamespace = services(port).filter((one) => namespace === undefined || one.metadata.namespace === namespace);
    if (name === undefined) {
      const apiVersion = 'serving.kserve.io/v1beta1';
      return send(200, { apiVersion, kind: 'InferenceServiceList', metadata: {}, items: inNamespace });
    }
    const found = inNamespace.find((one) => one.metadata.name === name);
    if (found !== undefined && namespace !== undefined) return send(200, found);
    return send(404, failure(404, 'NotFound', `inferenceservices.serving.kserve.io "${name.slice(0, 253)}" not found`));
  };
}

/** Kubernetes' Status object. */
function failure(code: number, reason: string, message: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
}
