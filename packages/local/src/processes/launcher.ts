import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner, ModelMount, Workload } from '@berth/control';
import { lowered } from '../isolation/enclose.ts';
import { readableMounts } from '../isolation/readable-mounts.ts';
import { sharedCommandLaunch } from './command-launch.ts';
import { enclosedCommandLaunch } from './enclosed-command.ts';
import { type LaunchPlan, LaunchRefused } from './launch-plan.ts';
import type { LauncherOptions } from './launcher-options.ts';
import { CPU_NOTE } from './limit-group.ts';
import { prepareNative } from './prepare-native.ts';

/**
 * Decides how a workload runs on this machine, and makes the folder of its process.
 * @throws LaunchRefused, or Error where a folder can not be made
 */
export async function prepareLaunch(options: LauncherOptions, workload: Workload): Promise<LaunchPlan> {
  const { runner } = workload;
  const { denyCommands, runFolder, containers } = options;
  if (runner.kind !== 'native' && denyCommands) {
    const what = runner.kind === 'command' ? `the command ${runner.command[0]}` : `the image ${runner.image}`;
    const message = `${what} is not run: the platform was started with --deny-commands`;
    throw new LaunchRefused('CommandNotAllowed', message, { isFinal: true });
  }
  for (const { path } of workload.mounts) {
    if ((await options.checkModel?.(path)) === false) {
      const message = 'the files of the model are damaged or have changed; they are brought again';
      throw new LaunchRefused('ModelDamaged', message, { isFinal: false });
    }
  }
  const folder = join(runFolder, randomBytes(5).toString('hex'));
  mkdirSync(folder, { mode: 0o700 });
  try {
    switch (runner.kind) {
      case 'native':
        return prepareNative(options, workload, runner, folder);
      case 'command':
        return options.machine.networks
          ? enclosedCommandLaunch(options, workload, runner, folder)
          : await onSharedNetwork(options, workload, runner, folder);
      default:
        return await containers.prepare(workload, runner, folder);
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A command where there are no namespaces; still as a user of its own where the platform is root. */
async function onSharedNetwork(
  options: LauncherOptions,
  workload: Workload,
  runner: CommandRunner,
  folder: string,
): Promise<LaunchPlan> {
  const { machine, users, path } = options;
  const launch = async (mounts: readonly ModelMount[]) => {
    const plan = await sharedCommandLaunch({ ...workload, mounts }, runner, folder, path);
    return workload.limits.cpu === undefined ? plan : { ...plan, notes: [...plan.notes, CPU_NOTE] };
  };
  if (!machine.hasUsers) return launch(workload.mounts);
  const uid = users.uidOf(workload.namespace, workload.service);
  chownSync(folder, uid, uid);
  const plan = await launch(readableMounts(workload.mounts, folder, uid, machine));
  const rights = lowered(machine.programs.setpriv as string, uid);
  return { ...plan, command: [...rights, ...plan.command], inside: rights };
}
