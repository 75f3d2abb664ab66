import type { OnnxGraph } from './graph.ts';
import { fieldsIn, MessageWriter, text } from './wire.ts';

/** A relative path without `.` and empty parts. */
export function plainLocation(location: string): string {
  return location
    .split('/')
    .filter((part) => part !== '.' && part !== '')
    .join('/');
}

/**
 * The model with its external locations written plainly: `./w.bin` as `w.bin`. ONNX Runtime finds data that it is given in
 * memory under the plain name only. Undefined where there is nothing to change.
 */
export function withPlainLocations(model: Uint8Array, graph: OnnxGraph): Uint8Array | undefined {
  const odd = graph.external.some(({ location }) => !location.startsWith('/') && plainLocation(location) !== location);
  if (!odd) return undefined;
  const written = new MessageWriter();
  for (const field of fieldsIn(model)) {
    if (field.field !== 7) written.raw(field.whole);
    else {
      const rewritten = new MessageWriter();
      for (const part of fieldsIn(field.bytes)) {
        if (part.field === 5) rewritten.message(5, rewriteTensor(part.bytes));
        else rewritten.raw(part.whole);
      }
      written.message(7, rewritten);
    }
  }
  return written.finish();
}

function rewriteTensor(tensor: Uint8Array): MessageWriter {
  const written = new MessageWriter();
  for (const field of fieldsIn(tensor)) {
    if (field.field !== 13) {
      written.raw(field.whole);
      continue;
    }
    const entry = [...fieldsIn(field.bytes)];
    const key = entry.find((part) => part.field === 1);
    const value = entry.find((part) => part.field === 2);
    if (key === undefined || value === undefined || text(key) !== 'location') written.raw(field.whole);
    else written.message(13, new MessageWriter().string(1, 'location').string(2, plainLocation(text(value))));
  }
  return written;
}
