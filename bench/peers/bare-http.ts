/**
 * The floor: a bare node:http server that parses the JSON body of a v2 request and answers a v2 response of the same
 * shape as the iris model's, with nothing in between. `node bare-http.ts <port>`
 */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { inputs: { shape: number[] }[] };
    const rows = body.inputs[0].shape[0];
    const answer = JSON.stringify({
      model_name: 'iris',
      model_version: '1',
      id: 'x',
      parameters: {},
      outputs: [{ name: 'predict', shape: [rows, 1], datatype: 'INT64', data: new Array(rows).fill(1) }],
    });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.end(answer);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
