import { type InferenceError, invalidInput, LoadError } from '@berth/inference';

/** onnxruntime's text without its source files, functions and line breaks. */
export function plainText(message: string): string {
  return message
    .replace(/\/?(?:[\w.-]+\/)+[\w.-]+\.(?:cc|h|cpp|hpp):\d+\s*(?:[^\n]*?\)\s*(?:const\s*)?)?/g, '')
    .replace(/Non-zero status code returned while running/, 'failed in')
    .replace(/Name:'([^']*)'\s*Status Message:\s*/, (_all, name: string) => (name === '' ? '' : `"${name}": `))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600);
}

/** Why a graph could not be opened, from onnxruntime's text. */
export function openFailure(message: string): LoadError {
  const text = plainText(message);
  if (
    /not a registered function\/op|No Op registered for|NOT_IMPLEMENTED|Could not find an implementation/i.test(message)
  ) {
    return new LoadError('UnsupportedModel', `ONNX Runtime has no such operator: ${text}`);
  }
  if (/guarantees\* support|Unsupported model IR version|opset/i.test(message)) {
    return new LoadError(
      'UnsupportedModel',
      `the model is newer than this ONNX Runtime; export it with an older opset or IR version: ${text}`,
    );
  }
  const locale = /Failed to construct locale with name:([\w.@-]+?):/.exec(message)?.[1];
  if (locale !== undefined) {
    return new LoadError(
      'EngineMissing',
      `the model works on text by the rules of the locale ${locale}, which this machine does not have; install it (Debian and Ubuntu: apt-get install locales-all)`,
    );
  }
  if (/Failed to allocate memory|bad_alloc/i.test(message)) {
    return new LoadError('LimitExceeded', `the model needs more memory than there is: ${text}`);
  }
  if (/protobuf parsing failed/i.test(message)) {
    return new LoadError('CorruptModel', 'the file is no complete ONNX model; it is damaged or cut short');
  }
  return new LoadError('CorruptModel', `ONNX Runtime refuses the graph: ${text}`);
}

/** Why a request failed. Shapes and names are checked before, so what is left comes from the values. */
export function runFailure(message: string): InferenceError {
  const text = plainText(message);
  if (/Failed to allocate memory|bad_alloc|Array buffer allocation failed|Invalid typed array length/i.test(message)) {
    return invalidInput(`the model can not compute this: it asks for more memory than there is (${text})`);
  }
  return invalidInput(`the model can not compute this: ${text}`);
}
