import { constants, type ServerHttp2Stream } from 'node:http2';

/**
 * Tells a client whose request was answered early that the rest of it is not wanted: RST_STREAM with NO_ERROR
 * (RFC 9113, section 8.1). Only once the answer has left, and only where the client still owes something: a reset that
 * overtakes the answer would take its place.
 */
export function endUpload(stream: ServerHttp2Stream): void {
  if (stream.endAfterHeaders) return;
  setImmediate(() => {
    // Node would mark the stream as closed now and wait for its end; should the connection break before, it would keep it.
    if (stream.writableFinished) close(stream);
    else stream.once('finish', () => close(stream));
  });
}

function close(stream: ServerHttp2Stream): void {
  if (!stream.destroyed && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
}
