import { invalidInput, type Parameters, type ParameterValue } from '@berth/inference';
import type { JsonValue } from '../../json/lossless.ts';
import type { V2DecodeRules } from './request.ts';

export type JsonObject = { [key: string]: JsonValue };

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a `parameters` object: strings, numbers and booleans.
 * @throws InferenceError INVALID_INPUT that names the parameter.
 */
export function decodeParameters(value: JsonValue | undefined, rules: V2DecodeRules): Parameters | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidInput('"parameters" must be an object of names and values');
  const parameters = new Map<string, ParameterValue>();
  for (const name of Object.keys(value)) {
    const each = value[name];
    if (rules.reservedParameters !== undefined && name.startsWith(rules.reservedParameters)) {
      throw invalidInput(
        `parameter keys starting with '${rules.reservedParameters}' are reserved for Triton usage and should not be specified.`,
      );
    }
    if (each === null) continue;
    if (typeof each === 'object') {
      if (rules.nestedParameters === 'ignore') continue;
      throw invalidInput(`parameter '${name}' has invalid type. It should be either 'int', 'bool', or 'string'.`);
    }
    if (typeof each === 'number' && !Number.isFinite(each)) {
      throw invalidInput(`parameter '${name}' is not a finite number`);
    }
    parameters.set(name, each);
  }
  return parameters;
}

/** A parameter that must be a whole number of at least 0. */
export function countParameter(parameters: Parameters | undefined, name: string, where: string): number | undefined {
  const value = parameters?.get(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidInput(`${where}: parameter '${name}' must be a whole number of at least 0`);
  }
  return value;
}

/** A parameter that must be true or false. */
export function flagParameter(parameters: Parameters | undefined, name: string, where: string): boolean | undefined {
  const value = parameters?.get(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'boolean') throw invalidInput(`${where}: parameter '${name}' must be true or false`);
  return value;
}
