/** What the golden boosters prove: each file is read, and its objective and kind count for the release that wrote it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseLightgbm } from '../../../packages/formats/src/lightgbm/booster.ts';
import { parseXgboost } from '../../../packages/formats/src/xgboost/booster.ts';

const FORMATS = join(import.meta.dirname, '../../../packages/formats/src');

/** What one golden file is. */
export interface GoldenBooster {
  /** The library's release: its folder's name. */
  readonly version: string;
  readonly objective: string;
  /** E.g. `gbtree` or `rf`. */
  readonly kind: string;
  readonly encoding: string;
}

export async function xgboostProof(): Promise<GoldenBooster[]> {
  return collect('xgboost', (bytes) => {
    const { objective, boosterName, encoding } = parseXgboost(bytes);
    return { objective, kind: boosterName, encoding };
  });
}

export async function lightgbmProof(): Promise<GoldenBooster[]> {
  return collect('lightgbm', (bytes, file) => {
    const { objective, formatVersion = '' } = parseLightgbm(bytes);
    return { objective, kind: boostingOf(file), encoding: formatVersion };
  });
}

/** No line of a file tells it, so that the name that `tools/golden/lightgbm` gave does. */
function boostingOf(file: string): string {
  return /^(dart|goss|rf|linear)_/.exec(file)?.[1].replace('linear', 'linear_tree') ?? 'gbdt';
}

async function collect(
  library: string,
  read: (bytes: Buffer<ArrayBuffer>, file: string) => Omit<GoldenBooster, 'version'>,
): Promise<GoldenBooster[]> {
  const root = join(FORMATS, library, 'golden');
  const found: GoldenBooster[] = [];
  for (const version of await readdir(root)) {
    const cases = JSON.parse(await readFile(join(root, version, 'cases.json'), 'utf8')) as { file: string }[];
    for (const file of new Set(cases.map((one) => one.file))) {
      found.push({ version, ...read(await readFile(join(root, version, file)), file) });
    }
  }
  return found;
}
