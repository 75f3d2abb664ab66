/** An endpoint that can be asked, and what is odd about how it was written; or why it can not. */
export type EndpointReading =
  | { readonly url: string; readonly warnings: readonly string[] }
  | { readonly problem: string };

const SHAPES = 'write host:port, http://host:port or https://host:port';

/**
 * Reads the endpoint of an S3 service as people write it. A scheme in the value wins over `useHttps`; without either it is
 * https (kserve pkg/credentials/s3 `getEndpointConfiguration`).
 * @param label names the setting, e.g. `annotation serving.kserve.io/s3-endpoint of Secret minio`
 * @param useHttps as written, with the name of its own setting
 */
export function readEndpoint(
  written: string,
  label: string,
  useHttps?: { readonly value: string; readonly label: string },
): EndpointReading {
  const text = written.trim();
  const shown = shownEndpoint(text);
  const refuse = (why: string): EndpointReading => ({ problem: `${label} is "${shown}": ${why}; ${SHAPES}` });
  const warnings: string[] = [];
  const scheme = /^([a-z][a-z0-9+.-]{0,30}):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    const isBucket = scheme === 's3';
    return refuse(
      isBucket ? 'that is the URI of a model, not the address of a server' : `${scheme}:// is no protocol of S3`,
    );
  }
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  if (rest.includes('://')) return refuse('it has a scheme twice');
  if (/^https?:/i.test(rest)) return refuse('the scheme is not written with //');
  if (/[\s\\]/.test(rest)) return refuse('it has a blank or a backslash');
  if (/[?#]/.test(rest)) return refuse('an endpoint has no ? or # part');
  if (rest.includes('@')) return refuse('an endpoint must not carry a user or password');
  const isHttp = scheme === undefined ? useHttps !== undefined && isFalse(useHttps.value) : scheme === 'http';
  if (scheme !== undefined && useHttps !== undefined && useHttps.value.trim() !== '') {
    if (isFalse(useHttps.value) !== isHttp) {
      warnings.push(
        `${useHttps.label} is "${useHttps.value}" but ${label} begins with ${scheme}://; ${scheme} is used`,
      );
    }
  }
  const [authority = '', ...path] = rest.split('/');
  const dotless = authority.replace(/\.(?=(:\d*)?$)/, '');
  if (dotless !== authority) {
    warnings.push(`${label} is "${shown}": the dot after the host name is left out`);
  }
  if (/^\.|\.\.|\.$/.test(dotless.replace(/:\d*$/, '')) || dotless.replace(/:\d*$/, '') === '') {
    return refuse('the host name is empty or has an empty part');
  }
  let url: URL;
  try {
    url = new URL(`${isHttp ? 'http' : 'https'}://${dotless}/${path.join('/')}`);
  } catch {
    return refuse('that is no host name and port');
  }
  if (/:$/.test(dotless) || url.port === '0') return refuse('the port is missing or 0');
  return { url: url.href.replace(/\/+$/, ''), warnings };
}

/** `0`, `false`, `no`, `off`. */
export function isFalse(value: string): boolean {
  return /^(0|false|no|off|n|f)$/i.test(value.trim());
}

/** `1`, `true`, `yes`, `on`. */
export function isTrue(value: string): boolean {
  return /^(1|true|yes|on|y|t)$/i.test(value.trim());
}

/** An endpoint for messages: without user and password, and not too long. */
function shownEndpoint(text: string): string {
  const plain = text.replace(/[^/\s]*@/g, '…@');
  return plain.length > 200 ? `${plain.slice(0, 197)}…` : plain;
}
