import type { FieldPath, IssueCollector } from '../issue.ts';
import { formatPath } from '../issue.ts';
import { isDnsLabel } from '../meta/names.ts';
import { quantityValue } from '../meta/quantity.ts';
import { isObject } from '../schema/check.ts';

/** Variables that KServe lets no container set (validation.DefaultBlockedEnvVars). */
const BLOCKED_VARIABLES: ReadonlySet<string> = new Set(['PYTHONPATH']);

/** Checks one container: name, environment, ports, resources, probes. `owner` names the resource in KServe's messages. */
export function validateContainer(container: unknown, path: FieldPath, owner: string, issues: IssueCollector): void {
  if (!isObject(container)) return;
  const name = container.name;
  if (typeof name === 'string' && name !== '' && !isDnsLabel(name)) {
    issues.error([...path, 'name'], `"${name.slice(0, 100)}" is no valid container name`, {
      hint: "up to 63 lower-case letters, digits and '-', starting and ending with a letter or digit",
    });
  }
  validateEnvironment(container.env, [...path, 'env'], owner, issues);
  validatePorts(container.ports, [...path, 'ports'], issues);
  validateResources(container.resources, [...path, 'resources'], issues);
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    validateProbe(container[probe], [...path, probe], issues);
  }
}

function validateEnvironment(env: unknown, path: FieldPath, owner: string, issues: IssueCollector): void {
  if (!Array.isArray(env)) return;
  for (const [index, variable] of env.entries()) {
    if (!isObject(variable) || typeof variable.name !== 'string') continue;
    const name = variable.name;
    const at = [...path, index, 'name'];
    if (BLOCKED_VARIABLES.has(name)) {
      issues.error(at, `${owner} is invalid: setting the environment variable ${name} is not allowed`);
    } else if (name === '' || name.includes('=') || name.includes('\0')) {
      issues.error(at, `"${name.slice(0, 100)}" is no valid name of an environment variable`);
    }
    if (variable.value !== undefined && variable.value !== '' && isObject(variable.valueFrom)) {
      issues.error([...path, index], `${formatPath([...path, index])} has both value and valueFrom; keep one`);
    }
  }
}

function validatePorts(ports: unknown, path: FieldPath, issues: IssueCollector): void {
  if (!Array.isArray(ports)) return;
  for (const [index, port] of ports.entries()) {
    const number = isObject(port) ? port.containerPort : undefined;
    if (typeof number === 'number' && (number < 1 || number > 65535)) {
      issues.error([...path, index, 'containerPort'], `containerPort must be between 1 and 65535, not ${number}`);
    }
  }
}

function validateResources(resources: unknown, path: FieldPath, issues: IssueCollector): void {
  if (!isObject(resources)) return;
  const { requests, limits } = resources;
  if (!isObject(requests)) return;
  for (const [name, value] of Object.entries(requests)) {
    const request = quantityValue(String(value));
    if (request !== undefined && request < 0) {
      issues.error([...path, 'requests', name], `${formatPath([...path, 'requests', name])} must not be negative`);
    }
    const limit = isObject(limits) && Object.hasOwn(limits, name) ? quantityValue(String(limits[name])) : undefined;
    if (request !== undefined && limit !== undefined && request > limit) {
      const message = `the request of ${name}, ${String(value)}, must not be above its limit, ${String((limits as Record<string, unknown>)[name])}`;
      issues.error([...path, 'requests', name], message);
    }
  }
}

const PROBE_ACTIONS = ['exec', 'httpGet', 'tcpSocket', 'grpc'];
const PROBE_MINIMA: readonly (readonly [string, number])[] = [
  ['initialDelaySeconds', 0],
  ['timeoutSeconds', 1],
  ['periodSeconds', 1],
  ['successThreshold', 1],
  ['failureThreshold', 1],
];

function validateProbe(probe: unknown, path: FieldPath, issues: IssueCollector): void {
  if (!isObject(probe)) return;
  const actions = PROBE_ACTIONS.filter((action) => isObject(probe[action]));
  if (actions.length > 1) issues.error(path, `${formatPath(path)} has ${actions.join(' and ')}; keep one`);
  if (actions.length === 0 && Object.keys(probe).every((key) => !PROBE_ACTIONS.includes(key))) {
    // KServe lets a runtime's probe fill in the action, so this is no error in itself.
    issues.note(path, `${formatPath(path)} has none of ${PROBE_ACTIONS.join(', ')}; the runtime's own is used`);
  }
  for (const [field, minimum] of PROBE_MINIMA) {
    const value = probe[field];
    if (typeof value === 'number' && value < minimum && value !== 0) {
      issues.error([...path, field], `${formatPath([...path, field])} must be at least ${minimum}, not ${value}`);
    }
  }
}
