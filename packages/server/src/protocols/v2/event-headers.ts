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

/** An answer as the server-sent event of MLServer's stream: the headers stand in its parameters, in title case. */
export function eventOf(json: string, headers: readonly string[]): string {
  const fields: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index].replace(
      /(^|-)([a-z])/g,
      (_, dash: string, letter: string) => dash + letter.toUpperCase(),
    );
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(headers[index + 1])}`);
  }
  const named = json.replace('"parameters":{}', () => `"parameters":{"headers":{${fields.join(',')}}}`);
  return `data: ${named}\n\n`;
}
