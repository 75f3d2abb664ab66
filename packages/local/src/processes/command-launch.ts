import type { Address } from '@berth/api';
import type { CommandRunner, Workload } from '@berth/control';
import { servingPorts } from './container-ports.ts';
import { findProgram } from './find-program.ts';
import { freePorts } from './free-port.ts';
import { type LaunchPlan, LaunchRefused } from './launch-plan.ts';
import { replaceMounts } from './model-path.ts';

/**
 * A command of the user's on the machine's own network: each declared port is replaced by a free one in its arguments
 * and environment, mount paths by the folders of this machine.
 * @throws LaunchRefused
 */
export async function sharedCommandLaunch(
  workload: Workload,
  runner: CommandRunner,
  folder: string,
  path: string,
): Promise<LaunchPlan> {
  const ports = servingPorts(runner.ports);
  const numbers = await freePorts(ports.all.length);
  const taken = new Map(ports.all.map(({ containerPort }, index) => [containerPort, numbers[index] as number]));
  const replace = (text: string) => replacePorts(replaceMounts(text, workload.mounts), taken);
  const address = (port: number): Address => ({ host: '127.0.0.1', port: taken.get(port) as number });
  const env: Record<string, string> = { PATH: path, HOME: folder };
  for (const [name, value] of Object.entries(workload.env)) env[name] = replace(value);
  env.PORT = String(taken.get(ports.http));
  const command = [...runner.command, ...runner.args].map(replace);
  const cwd = workload.workingDir === undefined ? folder : replaceMounts(workload.workingDir, workload.mounts);
  const [name = ''] = command;
  if (findProgram(name, env.PATH, cwd) === undefined) {
    throw new LaunchRefused('CommandNotFound', `there is no program ${name} on this machine that can be executed`, {
      isFinal: false,
    });
  }
  return {
    command,
    env,
    cwd,
    endpoint: {
      http: address(ports.http),
      ...(ports.grpc === undefined ? {} : { grpc: address(ports.grpc) }),
    },
    ports: ports.all.map(({ containerPort, name: portName }) => ({
      port: containerPort,
      ...(portName === undefined ? {} : { name: portName }),
      address: address(containerPort),
    })),
    inside: [],
    folder,
    notes: [],
    isExclusive: false,
    insistsOn: ports.http,
  };
}

/** Text with port numbers that stand alone replaced: `--port=8080` and `0.0.0.0:8080`, not `180801` nor `1.8080`. */
export function replacePorts(text: string, ports: ReadonlyMap<number, number>): string {
  return text.replace(/(?<![\w.])\d{1,5}(?![\w.])/g, (digits) => {
    const port = ports.get(Number(digits));
    return port === undefined || digits.startsWith('0') ? digits : String(port);
  });
}
