import { invalidInput } from '@berth/inference';
import type { ModelRepository } from '../../dataplane/types.ts';
import { readJson } from '../../json/read.ts';
import { isObject } from './decode-parameters.ts';
import type { V2Flavour } from './flavours.ts';

/** The answer to `POST /v2/repository/index`; with `readyOnly` without the versions that are not READY. */
export function repositoryIndex(repository: ModelRepository, readyOnly: boolean, flavour: V2Flavour): string {
  const rows = [];
  for (const served of repository.list()) {
    for (const { version, state, reason } of served.versions) {
      if (readyOnly && state !== 'READY') continue;
      const shown = version === '' ? flavour.unnamedVersion : version;
      rows.push({
        name: served.name,
        ...(shown === undefined ? {} : { version: shown }),
        state,
        ...(reason === undefined && flavour.indexReason === 'if-any' ? {} : { reason: reason ?? '' }),
      });
    }
  }
  return JSON.stringify(rows);
}

/** Whether an index request asks for READY versions only. Its body may be empty. */
export function decodeIndexRequest(body: Buffer): boolean {
  if (body.length === 0) return false;
  const { value } = readJson(body, 'refuse');
  if (!isObject(value)) throw invalidInput('the body must be a JSON object, for example {"ready": true}');
  if (value.ready === undefined || value.ready === null) return false;
  if (typeof value.ready !== 'boolean') throw invalidInput("Invalid value for 'ready': expected a boolean");
  return value.ready;
}

/**
 * Checks the body of a load request, which may be empty. A model is only ever loaded from the configured root: a URL,
 * a `config` or a `file:` override is refused.
 */
export function checkControlRequest(body: Buffer, kind: 'load' | 'unload'): void {
  if (body.length === 0) return;
  const { value } = readJson(body, 'refuse');
  if (!isObject(value)) throw invalidInput('the body must be a JSON object');
  const parameters = value.parameters;
  for (const name of Object.keys(value)) {
    if (name !== 'parameters' && name !== 'id') throw refused(name, kind);
  }
  if (parameters === undefined || parameters === null) return;
  if (!isObject(parameters)) throw invalidInput('"parameters" must be an object');
  for (const name of Object.keys(parameters)) {
    if (kind === 'unload' && name === 'unload_dependents' && typeof parameters[name] === 'boolean') continue;
    throw refused(name, kind);
  }
}

function refused(name: string, kind: string) {
  const shown = JSON.stringify(name.slice(0, 60));
  return invalidInput(
    `${shown} is not allowed in a ${kind} request: this server loads models by name from its configured folder only, without URLs and without config or file overrides`,
  );
}
