import type { ModelMount, Workload } from '@berth/control';

/** Where KServe's storage initializer puts the model. */
export const MODEL_MOUNT = '/mnt/models';

/** The mount that holds the model: the one at `/mnt/models`, else the first. */
export function modelMount(workload: Workload): ModelMount | undefined {
  return workload.mounts.find(({ mountPath }) => trimSlash(mountPath) === MODEL_MOUNT) ?? workload.mounts[0];
}

/** Text with the mount paths of a workload replaced by the folders of this machine, where nothing can be mounted. */
export function replaceMounts(text: string, mounts: readonly ModelMount[]): string {
  let replaced = text;
  // The longest first: one mount may lie in another.
  const sorted = [...mounts].sort((left, right) => right.mountPath.length - left.mountPath.length);
  for (const { mountPath, path } of sorted) {
    const from = trimSlash(mountPath);
    if (from === '' || from === path) continue;
    const pattern = new RegExp(`(?<![A-Za-z0-9_./-])${literal(from)}(?![A-Za-z0-9_.-])`, 'g');
    replaced = replaced.replace(pattern, () => path);
  }
  return replaced;
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
