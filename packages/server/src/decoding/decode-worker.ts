import { parentPort } from 'node:worker_threads';
import { InferenceError, type Tensor } from '@berth/inference';
import { OtherProtocol } from '../protocols/other-protocol.ts';
import { decodeBody } from './decode.ts';
import type { DecodeMessage, DecodeReply } from './decoder.ts';

/** The thread that decodes large bodies: one message in, one message out; the tensors' memory goes along, uncopied. */
parentPort?.on('message', ({ id, body, job }: DecodeMessage) => {
  let reply: DecodeReply;
  const transfer: ArrayBuffer[] = [];
  try {
    const request = decodeBody(Buffer.from(body.buffer, body.byteOffset, body.byteLength), job);
    for (const input of request.inputs) addMemory(transfer, input);
    reply = { id, request };
  } catch (error) {
    if (error instanceof OtherProtocol) reply = { id, otherProtocol: error.message };
    else {
      const { code, message } = InferenceError.from(error);
      reply = { id, code, message };
    }
  }
  parentPort?.postMessage(reply, transfer);
});

function addMemory(transfer: ArrayBuffer[], { data }: Tensor): void {
  if (Array.isArray(data)) return;
  const memory = data.buffer as ArrayBuffer;
  if (!transfer.includes(memory)) transfer.push(memory);
}
