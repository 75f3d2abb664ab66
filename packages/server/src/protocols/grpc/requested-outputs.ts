import { invalidInput } from '@berth/inference';
import { renumber } from '../v2/infer.ts';
import type { RequestedOutput } from '../v2/request.ts';
import type { GrpcHabits } from './flavours.ts';
import type { RequestedOutputMessage } from './wire/infer-request.ts';

const NONE: readonly RequestedOutput[] = [];

/**
 * The outputs that a request asks for, under the model's own names (KServe's clients say `output-0`).
 * @throws InferenceError INVALID_INPUT for a `classification` that is no number from 1 up, in Triton's words
 */
export function requestedOutputs(
  messages: readonly RequestedOutputMessage[],
  defaultOutputs: readonly string[],
  habits: GrpcHabits,
): readonly RequestedOutput[] {
  if (messages.length === 0) return NONE;
  const outputs = messages.map(({ name, parameters }): RequestedOutput => {
    const classification = parameters?.get('classification');
    if (classification === undefined) return { name };
    if (typeof classification !== 'number') {
      throw invalidInput("invalid value type for 'classification' parameter, expected int64_param");
    }
    if (!Number.isSafeInteger(classification) || classification < 1) {
      throw invalidInput("invalid value for 'classification' parameter, expected >= 0");
    }
    return { name, classification };
  });
  return habits.rest.outputNames === 'numbered' ? renumber({ outputs }, defaultOutputs).outputs : outputs;
}
