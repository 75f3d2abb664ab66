import { join } from 'node:path';
import { readSmallText, unreadable } from '../safe-files.ts';
import { openTree } from './folder.ts';
import { JsonObject } from './json-object.ts';

/** What MLServer's `settings.json` says, as far as a server of ours acts on it. */
export interface ServerSettings {
  readonly host?: string;
  readonly httpPort?: number;
  readonly grpcPort?: number;
  readonly metricsPort?: number;
  readonly rootPath?: string;
  readonly serverName?: string;
  readonly serverVersion?: string;
  readonly debug?: boolean;
  readonly loadModelsAtStartup?: boolean;
  readonly metricsEndpoint?: string;
  readonly grpcMaxMessageLength?: number;
  /** Keys that nothing acts on, for a warning by name. */
  readonly ignored: readonly string[];
}

const FIELDS = {
  host: 'host',
  http_port: 'httpPort',
  grpc_port: 'grpcPort',
  metrics_port: 'metricsPort',
  root_path: 'rootPath',
  server_name: 'serverName',
  server_version: 'serverVersion',
  debug: 'debug',
  load_models_at_startup: 'loadModelsAtStartup',
  metrics_endpoint: 'metricsEndpoint',
  grpc_max_message_length: 'grpcMaxMessageLength',
} as const;

const NUMBERS: ReadonlySet<string> = new Set(['http_port', 'grpc_port', 'metrics_port', 'grpc_max_message_length']);
const BOOLEANS: ReadonlySet<string> = new Set(['debug', 'load_models_at_startup']);

/**
 * Reads `settings.json` (MLServer's `Settings`) in `folder`; undefined where there is none.
 * @throws LoadError ModelLayout for a malformed file.
 */
export async function readServerSettings(folder: string): Promise<ServerSettings | undefined> {
  const path = join(folder, 'settings.json');
  let text: string;
  try {
    await openTree(path, 1);
  } catch {
    return undefined;
  }
  try {
    text = await readSmallText(path);
  } catch (error) {
    throw error instanceof Error && error.name === 'LoadError' ? error : unreadable(path, error);
  }
  const root = JsonObject.parse(text, 'settings.json');
  const settings: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const key of root.keys()) {
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key as keyof typeof FIELDS] : undefined;
    if (field === undefined) {
      ignored.push(key);
      continue;
    }
    const value = NUMBERS.has(key) ? root.number(key) : BOOLEANS.has(key) ? root.boolean(key) : root.text(key);
    if (value !== undefined) settings[field] = value;
  }
  return { ...settings, ignored } as ServerSettings;
}
