import { CommandError } from '../terminal/exit-codes.ts';

/**
 * Which protocol a request body is written for: `instances` is v1, a list of `inputs` tensors is v2.
 * @throws CommandError where it is no JSON object, or `asked` names no protocol
 */
export function protocolOf(body: string, asked: string | undefined): 'v1' | 'v2' {
  if (asked !== undefined) {
    if (asked === 'v1' || asked === 'v2') return asked;
    throw new CommandError(`--protocol ${asked} is not offered; v1 and v2 are`, { code: 'InvalidOption' });
  }
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
    });
  }
  const { inputs } = value as { inputs?: unknown };
  if (!Array.isArray(inputs)) return 'v1';
  const [first] = inputs as unknown[];
  return typeof first === 'object' && first !== null && 'datatype' in first ? 'v2' : 'v1';
}
