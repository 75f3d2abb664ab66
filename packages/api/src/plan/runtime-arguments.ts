/**
 * Arguments that KServe's servers take (kserve.model_server.parser, and each server's own), Triton's and TensorFlow
 * Serving's from the stock runtimes; the value says whether Berth acts on it or takes it without effect.
 */
const ARGUMENTS: ReadonlyMap<string, 'used' | 'accepted'> = new Map([
  ['model_name', 'used'],
  ['model_dir', 'used'],
  ['http_port', 'used'],
  ['grpc_port', 'used'],
  ['workers', 'used'],
  ['nthread', 'used'],
  ['enable_docs_url', 'accepted'],
  ['max_threads', 'accepted'],
  ['max_asyncio_workers', 'accepted'],
  ['enable_grpc', 'used'],
  ['enable_latency_logging', 'accepted'],
  ['configure_logging', 'accepted'],
  ['log_config_file', 'accepted'],
  ['access_log_format', 'accepted'],
  ['event-loop', 'accepted'],
  ['timeout-keep-alive', 'accepted'],
  ['grpc_max_send_message_length', 'accepted'],
  ['grpc_max_receive_message_length', 'accepted'],
  ['framework', 'used'],
  ['model-store', 'used'],
  ['model-repository', 'used'],
  ['model-control-mode', 'accepted'],
  ['grpc-port', 'used'],
  ['http-port', 'used'],
  ['allow-grpc', 'accepted'],
  ['allow-http', 'accepted'],
  ['strict-model-config', 'accepted'],
  ['log-verbose', 'accepted'],
]);

/** Arguments by name without dashes, those that nothing knows, and words that belong to no argument. */
export interface RuntimeArguments {
  readonly values: ReadonlyMap<string, string>;
  readonly unknown: readonly string[];
}

/**
 * Reads `--name=value`, `--name value` and a bare `--name` (true). A word such as `tritonserver` in front is skipped.
 * Names match with `-` for `_` too.
 */
export function readRuntimeArguments(args: readonly string[]): RuntimeArguments {
  const values = new Map<string, string>();
  const unknown: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index] as string;
    const match = /^--?([A-Za-z][\w.-]{0,100})(?:=([\s\S]*))?$/.exec(word);
    if (match === null) {
      if (index > 0) unknown.push(word);
      continue;
    }
    const name = knownName(match[1] as string);
    let value = match[2];
    const next = args[index + 1];
    if (value === undefined && next !== undefined && !/^--?[A-Za-z]/.test(next)) {
      value = next;
      index++;
    }
    if (ARGUMENTS.has(name)) values.set(name, value ?? 'true');
    else unknown.push(word);
  }
  return { values, unknown };
}

function knownName(written: string): string {
  if (ARGUMENTS.has(written)) return written;
  const underscored = written.replaceAll('-', '_');
  return ARGUMENTS.has(underscored) ? underscored : written;
}
