import { type BytesElement, bytesToText, invalidInput } from '@berth/inference';

/**
 * onnxruntime-node cuts a text at its first NUL, on the way in and on the way out. A character of Unicode's private use area,
 * which stands for nothing elsewhere, takes the NUL's place in between.
 */
const STAND_IN = '\u{F0000}';

/**
 * The elements of a BYTES tensor as text.
 * @throws InferenceError INVALID_INPUT that names the tensor where an element is not UTF-8.
 */
export function toTexts(elements: readonly BytesElement[], tensor: string): string[] {
  return elements.map((element) => bytesToText(element, tensor));
}

/** Whether any of the texts holds a NUL. */
export function holdNul(texts: readonly string[]): boolean {
  return texts.some((text) => text.includes('\0'));
}

/**
 * The texts with the stand-in for each NUL.
 * @throws InferenceError INVALID_INPUT where a text holds the stand-in itself, which could not be told apart afterwards.
 */
export function hideNul(texts: readonly string[], tensor: string): string[] {
  return texts.map((text, index) => {
    if (text.includes(STAND_IN)) {
      throw invalidInput(
        `input "${tensor}" holds U+F0000 in element ${index}, which can not be sent to an ONNX model together with a NUL character`,
      );
    }
    return text.replaceAll('\0', STAND_IN);
  });
}

/** The texts of an answer to a request whose NULs were hidden. */
export function restoreNul(texts: readonly string[]): string[] {
  return texts.map((text) => text.replaceAll(STAND_IN, '\0'));
}
