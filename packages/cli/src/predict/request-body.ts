import { CommandError } from '../terminal/exit-codes.ts';

/**
 * Which protocol a request body is written for: `instances` is v1, a list of `inputs` tensors is v2.
 * @throws CommandError where it is no JSON object
 */
export function protocolOf(body: string): 'v1' | 'v2' {
  let value: unknown;
  try {
    // The literals that v2 takes for floating-point data are no JSON; they do not change the shape.
    value = JSON.parse(body.replace(/(?<=[[,:\s])(-?Infinity|NaN)(?=[\],}\s])/g, 'null'));
  } catch (thrown) {
    throw new CommandError(`the request is not JSON: ${(thrown as Error).message}`, { code: 'InvalidRequest' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError('the request must be a JSON object with "instances" (v1) or "inputs" (v2)', {
      code: 'InvalidRequest',
      ...(Array.isArray(value) ? { hint: 'a list of rows goes into one: {"instances": [ … ]}' } : {}),
    });
  }
  const { inputs } = value as { inputs?: unknown };
  if (!Array.isArray(inputs)) return 'v1';
  const [first] = inputs as unknown[];
  return typeof first === 'object' && first !== null && 'datatype' in first ? 'v2' : 'v1';
}
