import { isUtf8 } from 'node:buffer';
import { type BytesElement, InferenceError } from '@berth/inference';

/**
 * One BYTES element as a JSON string.
 * @throws InferenceError INVALID_INPUT for bytes that are no text: the client has to ask for binary.
 */
export function encodeText(element: BytesElement, name: string): string {
  if (typeof element === 'string') return JSON.stringify(element);
  if (!isUtf8(element)) {
    throw new InferenceError(
      'INVALID_INPUT',
      `output '${name}' holds bytes that are not UTF-8 text, which JSON can not carry; ask for it with the parameter binary_data: true`,
    );
  }
  return JSON.stringify(Buffer.from(element).toString('utf8'));
}
