import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OptionSpecs } from '../arguments/parse.ts';
import type { ArgumentValues } from '../arguments/values.ts';
import { STATE_OPTION, stateFolder } from '../platform/state-folder.ts';
import { CommandError } from '../terminal/exit-codes.ts';
import type { Io } from '../terminal/io.ts';

export const TARGET_OPTIONS: OptionSpecs = {
  kubeconfig: { type: 'string', value: 'FILE', help: "which platform; default the local one's (env BERTH_KUBECONFIG)" },
  ...STATE_OPTION,
};

/** An API server and how to be let in. */
export interface ApiTarget {
  readonly server: URL;
  readonly token?: string;
  /** PEM. */
  readonly ca?: string;
  /** The namespace of the context. */
  readonly namespace: string;
}

/** The path of the kubeconfig: as told, else the local platform's. */
export function kubeconfigPath(values: ArgumentValues, io: Io): string {
  const told = values.text('kubeconfig', 'BERTH_KUBECONFIG');
  return told === undefined ? join(stateFolder(values, io), 'kubeconfig') : resolve(io.cwd, told);
}

/**
 * The API server that commands talk to.
 * @throws CommandError where there is no kubeconfig or it can not be used
 */
export async function readTarget(values: ArgumentValues, io: Io): Promise<ApiTarget> {
  const path = kubeconfigPath(values, io);
  const text = await readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') {
      throw new CommandError('there is no platform here yet', {
        code: 'NoPlatform',
        hint: 'start one: berth up (or name one: --kubeconfig)',
      });
    }
    throw new CommandError(`${path} can not be read (${thrown.code}); only the user who runs the platform may`, {
      code: 'FileUnreadable',
    });
  });
  return targetOf(await parse(text, path), path);
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly clusters?: readonly { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  readonly users?: readonly { name: string; user: { token?: string } }[];
}

async function parse(text: string, path: string): Promise<Kubeconfig> {
  try {
    return JSON.parse(text) as Kubeconfig;
  } catch {
    const { parseYaml } = await import('@berth/api');
    const value = parseYaml(text, path).documents[0]?.value;
    if (typeof value !== 'object' || value === null) throw new CommandError(`${path} is no kubeconfig`);
    return value as Kubeconfig;
  }
}

function targetOf(config: Kubeconfig, path: string): ApiTarget {
  const name = config['current-context'];
  const context = config.contexts?.find((one) => one.name === name)?.context;
  const cluster = config.clusters?.find((one) => one.name === context?.cluster)?.cluster;
  const user = config.users?.find((one) => one.name === context?.user)?.user;
  if (context === undefined || cluster === undefined || !URL.canParse(cluster.server)) {
    throw new CommandError(`${path} has no usable current-context`);
  }
  const ca = cluster['certificate-authority-data'];
  return {
    server: new URL(cluster.server),
    namespace: context.namespace ?? 'default',
    ...(user?.token === undefined ? {} : { token: user.token }),
    ...(ca === undefined ? {} : { ca: Buffer.from(ca, 'base64').toString('utf8') }),
  };
}
