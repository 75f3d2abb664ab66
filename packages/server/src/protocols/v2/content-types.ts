import { type BytesElement, invalidInput, type Parameters, type Tensor } from '@berth/inference';

/**
 * Reads tensors as their `content_type` parameter says (MLServer's codecs; the request's own value counts for inputs
 * that have none): `pd` makes each tensor a column, `base64` is decoded, `datetime` is checked; `np` and `str` are what
 * tensors are anyway. MLServer ignores content types it does not know, and so does this.
 */
export function applyContentTypes(
  inputs: readonly Tensor[],
  parameters: Parameters | undefined,
): { inputs: readonly Tensor[]; layout: 'tensors' | 'columns' } {
  const requested = parameters?.get('content_type');
  const layout = requested === 'pd' ? 'columns' : 'tensors';
  let changed = false;
  const read = inputs.map((input) => {
    const contentType = input.parameters?.get('content_type') ?? requested;
    const tensor = readTensor(input, contentType);
    if (tensor !== input) changed = true;
    return tensor;
  });
  return { inputs: changed ? read : inputs, layout };
}

function readTensor(tensor: Tensor, contentType: unknown): Tensor {
  if (tensor.datatype !== 'BYTES') return tensor;
  const elements = tensor.data as BytesElement[];
  if (contentType === 'base64') return { ...tensor, data: elements.map(fromBase64) };
  if (contentType === 'datetime') checkDates(elements, tensor.name);
  return tensor;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a base64 text; a text that is not base64 stands for itself. */
function fromBase64(element: BytesElement): BytesElement {
  const text = typeof element === 'string' ? element : Buffer.from(element).toString('latin1');
  if (text.length % 4 !== 0 || !BASE64.test(text)) return element;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function checkDates(elements: readonly BytesElement[], name: string): void {
  for (const [index, element] of elements.entries()) {
    if (typeof element !== 'string' || !/^\d{4}-\d\d-\d\d/.test(element) || Number.isNaN(Date.parse(element))) {
      throw invalidInput(`input '${name}' element ${index} is not an ISO 8601 date and time`);
    }
  }
}
