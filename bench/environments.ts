/** The peers' Python environments, made once from PyPI under bench/.venv. */
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ENVIRONMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'mlserver',
    [
      'mlserver==1.7.1',
      'mlserver-sklearn==1.7.1',
      'mlserver-xgboost==1.7.1',
      'mlserver-lightgbm==1.7.1',
      'scikit-learn==1.9.1',
      'xgboost==3.2.0',
    ],
  ],
  ['kserve', ['kserve==0.21.0', 'scikit-learn==1.9.1', 'joblib']],
]);

/** The `bin` folder of an environment, which is made first where it is missing. Needs Python 3.11. */
export function environment(name: 'mlserver' | 'kserve'): string {
  const folder = join(import.meta.dirname, '.venv', name);
  const stamp = join(folder, 'complete');
  const packages = ENVIRONMENTS.get(name) as readonly string[];
  if (!existsSync(stamp)) {
    console.error(`making the environment of ${name} (some minutes, once) …`);
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(join(folder, 'bin', 'pip'), ['install', '-q', ...packages], { stdio: 'inherit' });
    writeFileSync(stamp, packages.join('\n'));
  }
  return join(folder, 'bin');
}
