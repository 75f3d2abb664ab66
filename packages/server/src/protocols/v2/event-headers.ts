/** The CloudEvents headers that MLServer sends with every inference answer (mlserver/cloudevents.py). */
export function eventHeaders(model: string, id: string): string[] {
  return [
    'ce-specversion',
    '0.3',
    'ce-source',
    'io.seldon.serving.deployment.mlserver',
    'ce-type',
    'io.seldon.serving.inference.response',
    'ce-modelid',
    model,
    'ce-inferenceservicename',
    'mlserver',
    'ce-endpoint',
    model,
    ...idHeaders(id),
  ];
}

/** An id that a header can carry; others are left to the body. */
function idHeaders(id: string): string[] {
  return /^[\x21-\x7e]{1,256}$/.test(id) ? ['ce-id', id, 'ce-requestid', id] : [];
}
