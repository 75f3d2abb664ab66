/** The peers' clients, from PyPI (and grpcurl through Go's module proxy), into folders that git ignores. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ENVIRONMENTS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'sdk',
    // The kubernetes client is the one of KServe's own lock file: newer ones refuse the SDK's models.
    [
      'kserve==0.21.0',
      'kubernetes==32.0.1',
      'tritonclient[all]==2.73.0',
      'grpcio-reflection==1.81.1',
      'grpcio-health-checking==1.81.1',
    ],
  ],
  ['mlserver', ['mlserver==1.7.1']],
  // The libraries that models are compared with; XGBoost without what it needs of a GPU.
  [
    'verify',
    [
      'scikit-learn==1.9.1',
      'xgboost-cpu==3.2.0',
      'lightgbm==4.6.0',
      'onnxruntime==1.32.0',
      'pandas==3.1.1',
      'numpy==2.4.6',
      'scipy==1.17.1',
    ],
  ],
  ['verify-old', ['scikit-learn==1.5.2', 'xgboost==1.7.6', 'numpy==1.26.4', 'pandas==2.2.3', 'scipy==1.11.4']],
]);
const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

/** The Python of an environment, which is made first where it is missing. Needs Python 3.11. */
export function python(name: 'sdk' | 'mlserver' | 'verify' | 'verify-old'): string {
  const folder = join(import.meta.dirname, '.venv', name);
  const packages = ENVIRONMENTS.get(name) as readonly string[];
  const stamp = join(folder, 'complete');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== packages.join('\n')) {
    console.log(`# making the Python environment "${name}" (once) …`);
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(join(folder, 'bin', 'pip'), ['install', '-q', ...packages], { stdio: 'inherit' });
    writeFileSync(stamp, packages.join('\n'));
  }
  return join(folder, 'bin', 'python');
}

/** The grpcurl binary, built once; undefined where there is no Go. */
export function grpcurl(): string | undefined {
  const folder = join(import.meta.dirname, '.venv', 'bin');
  const binary = join(folder, 'grpcurl');
  if (existsSync(binary)) return binary;
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  console.log('# building grpcurl (once) …');
  execFileSync('go', ['install', GRPCURL], { stdio: 'inherit', env: { ...process.env, GOBIN: folder } });
  return binary;
}
