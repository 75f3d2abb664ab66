import { connect } from 'node:http2';

/** Protobuf by hand: the few fields that the tests send and read (grpc_predict_v2.proto). */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

/** A ModelInferRequest with one BYTES tensor, its elements typed or raw. */
export function textRequest(model: string, tensor: string, elements: readonly Buffer[], isRaw: boolean): Buffer {
  const shape = field(3, varint(elements.length));
  const contents = isRaw ? [] : [field(5, Buffer.concat(elements.map((element) => field(8, element))))];
  const input = Buffer.concat([field(1, tensor), field(2, 'BYTES'), shape, ...contents]);
  const raw = isRaw ? [field(7, Buffer.concat(elements.flatMap((element) => [lengthOf(element), element])))] : [];
  return Buffer.concat([field(1, model), field(5, input), ...raw]);
}

function lengthOf(element: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(element.length);
  return length;
}

/** The fields of a message that hold bytes, in order. */
function* read(message: Buffer): Generator<{ number: number; bytes: Buffer }> {
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] as number;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = next();
    if (key % 8 !== 2) {
      next();
      continue;
    }
    const length = next();
    yield { number: Math.floor(key / 8), bytes: message.subarray(at, at + length) };
    at += length;
  }
}

/** Datatype and texts of the first output of a ModelInferResponse, typed or raw. */
export function firstOutput(response: Buffer): { datatype: string; texts: string[] } {
  let datatype = '';
  const texts: string[] = [];
  for (const { number, bytes } of read(response)) {
    if (number === 5) {
      for (const part of read(bytes)) {
        if (part.number === 2) datatype = part.bytes.toString();
        if (part.number === 5)
          for (const element of read(part.bytes)) if (element.number === 8) texts.push(element.bytes.toString());
      }
    }
    if (number === 6) {
      for (let at = 0; at < bytes.length; ) {
        const end = at + 4 + bytes.readUInt32LE(at);
        texts.push(bytes.toString('utf8', at + 4, end));
        at = end;
      }
    }
  }
  return { datatype, texts };
}

/** Calls ModelInfer for the service that the authority names. */
export function modelInfer(
  port: number,
  authority: string,
  message: Buffer,
): Promise<{ code: number; message: string; response: Buffer }> {
  const session = connect(`http://127.0.0.1:${port}`);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const call = session.request({
      ':method': 'POST',
      ':path': '/inference.GRPCInferenceService/ModelInfer',
      ':authority': authority,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: Record<string, unknown> = {};
    call.on('response', (headers) => {
      status = headers;
    });
    call.on('trailers', (trailers) => {
      status = trailers;
    });
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('error', reject);
    call.on('end', () => {
      session.close();
      const text = decodeURIComponent(String(status['grpc-message'] ?? ''));
      resolve({ code: Number(status['grpc-status']), message: text, response: Buffer.concat(chunks).subarray(5) });
    });
    call.end(Buffer.concat([frame, message]));
  });
}
