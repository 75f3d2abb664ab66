import type { ModelMetadata, TensorSpec } from '@berth/inference';
import type { ServedModel, Service } from '../dataplane/types.ts';
import { titleOf } from './document.ts';

/** No script, nothing from elsewhere: whatever a model's metadata holds is inert text. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** A page for people: the service's models, what they take and answer, and a command that tries each. */
export function docsPage(service: Service, root: string): string {
  const models = service.repository.list().map((served) => modelSection(served, root));
  const body = models.length === 0 ? '<p>No models are served here.</p>' : models.join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(titleOf(service))}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(titleOf(service))}</h1>
<p>KServe v1 and the Open Inference Protocol (v2). The same as a document for machines: <a href="${escapeHtml(root)}/openapi.json">openapi.json</a>.</p>
${body}
</main></body></html>
`;
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a2e}' +
  'pre{background:#f4f4f8;padding:1rem;overflow:auto}table{border-collapse:collapse}td,th{border:1px solid #ccd;padding:.3rem .6rem;text-align:left}';

function modelSection(served: ServedModel, root: string): string {
  const rows = served.versions.map(({ version, state, reason }) => {
    return `<li>${version === '' ? 'one version' : `version ${escapeHtml(version)}`}: ${state}${reason === undefined ? '' : ` (${escapeHtml(reason)})`}</li>`;
  });
  const metadata = served.versions.find((version) => version.state === 'READY')?.model?.metadata;
  const details = metadata === undefined ? '' : modelDetails(served.name, metadata, root);
  return `<section><h2>${escapeHtml(served.name)}</h2><ul>${rows.join('')}</ul>${details}</section>`;
}

function modelDetails(name: string, metadata: ModelMetadata, root: string): string {
  const command = `curl -d '{"instances": [[…]]}' http://HOST${root}/v1/models/${name}:predict`;
  const columns = metadata.columns === undefined ? '' : `<p>Columns: ${escapeHtml(metadata.columns.join(', '))}</p>`;
  return `<p>Platform ${escapeHtml(metadata.declaredPlatform ?? metadata.platform)}</p>${columns}
${tensorTable('Inputs', metadata.inputs)}${tensorTable('Outputs', metadata.outputs)}<pre>${escapeHtml(command)}</pre>`;
}

function tensorTable(title: string, specs: readonly TensorSpec[]): string {
  if (specs.length === 0) return '';
  const rows = specs.map(({ name, datatype, shape }) => {
    return `<tr><td>${escapeHtml(name)}</td><td>${datatype}</td><td>[${shape.join(', ')}]</td></tr>`;
  });
  return `<h3>${title}</h3><table><tr><th>name</th><th>datatype</th><th>shape</th></tr>${rows.join('')}</table>`;
}

/** Text as HTML that shows it and nothing else. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
