import { join } from 'node:path';
import { LoadError } from '@berth/inference';
import { printable } from '../printable.ts';
import { isWithin, readSmallText } from '../safe-files.ts';
import { listFolder, openTree } from './folder.ts';
import { TRITON_CONFIG_FILE, type TritonConfig } from './triton-config.ts';

const MAX_LABEL_BYTES = 16 * 2 ** 20;

/**
 * The label files of a model's outputs: a class a line, in the order of the elements.
 * @throws LoadError for a file that is missing or not in the model's folder.
 */
export async function readLabels(folder: string, config: TritonConfig): Promise<Map<string, readonly string[]>> {
  const labels = new Map<string, readonly string[]>();
  for (const { name, labelFilename } of config.outputs) {
    if (labelFilename === undefined) continue;
    if (/[\\/\0]/.test(labelFilename)) {
      throw new LoadError('UnsafeModel', `${TRITON_CONFIG_FILE}: label_filename must be a plain file name`);
    }
    const tree = await openTree(folder, 100_000);
    const entry = (await listFolder(tree, tree.root)).find((one) => one.name === labelFilename);
    if (entry === undefined || entry.kind !== 'file' || !isWithin(tree.root, entry.path)) {
      throw new LoadError(
        'ModelLayout',
        `the label file ${printable(labelFilename)} of output "${name}" is not in the folder`,
      );
    }
    const text = await readSmallText(join(entry.path), MAX_LABEL_BYTES);
    labels.set(name, text.replace(/\r?\n$/, '').split(/\r?\n/));
  }
  return labels;
}
