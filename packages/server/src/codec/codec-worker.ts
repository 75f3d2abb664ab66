import { parentPort } from 'node:worker_threads';
import { InferenceError } from '@berth/inference';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import type { CodecMessage, CodecReply } from './codec.ts';
import { decode, encode } from './jobs.ts';

/** The thread that decodes large bodies and encodes large answers: one message in, one message out. */
parentPort?.on('message', (message: CodecMessage) => {
  const transfer: ArrayBuffer[] = [];
  let reply: CodecReply;
  try {
    reply = work(message, transfer);
  } catch (error) {
    if (error instanceof OtherProtocol) reply = { id: message.id, otherProtocol: error.message };
    else {
      const { code, message: text } = InferenceError.from(error);
      // What is our own fault is logged on the other side, which needs to know where it was.
      reply = { id: message.id, code, message: text, ...(code === 'INTERNAL' && { stack: (error as Error).stack }) };
    }
  }
  parentPort?.postMessage(reply, transfer);
});

/** What is made here goes back uncopied: its memory is added to `transfer`. */
function work({ id, body, job }: CodecMessage, transfer: ArrayBuffer[]): CodecReply {
  if (job.kind === 'encode v1' || job.kind === 'encode v2') {
    const encoded = encode(job);
    const bytes = new Uint8Array(typeof encoded.body === 'string' ? Buffer.from(encoded.body) : encoded.body);
    transfer.push(bytes.buffer);
    return { id, encoded: { ...encoded, body: bytes } };
  }
  const request = decode(Buffer.from(body.buffer, body.byteOffset, body.byteLength), job);
  for (const { data } of request.inputs) {
    if (Array.isArray(data)) continue;
    const memory = data.buffer as ArrayBuffer;
    if (!transfer.includes(memory)) transfer.push(memory);
  }
  return { id, request };
}
