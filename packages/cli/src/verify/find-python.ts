import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandError } from '../terminal/exit-codes.ts';

/** The interpreter to start, and why that one. */
export interface FoundPython {
  readonly executable: string;
  readonly why: string;
}

/** Where to look. */
export interface PythonPlaces {
  /** `--python`: an interpreter, a virtual environment's folder, or a name on the PATH. */
  readonly asked?: string | undefined;
  readonly cwd: string;
  readonly modelPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
}

/**
 * The user's Python: the one asked for, else the virtual environment `.venv` of the working folder, the one beside the
 * model, the active one, else `python3` of the PATH.
 * @throws CommandError (not found) where the one asked for is not there
 */
export async function findPython(places: PythonPlaces): Promise<FoundPython> {
  const { asked, cwd, modelPath, env } = places;
  const windows = (places.platform ?? process.platform) === 'win32';
  const inside = windows ? join('Scripts', 'python.exe') : join('bin', 'python');
  if (asked !== undefined) {
    if (asked.trim() === '') throw new CommandError('--python has an empty value', { code: 'InvalidOption' });
    if (!/[\\/]/.test(asked) && !(await exists(resolve(cwd, asked))))
      return { executable: asked, why: 'as --python says' };
    const path = resolve(cwd, asked);
    const isPlace = await isFolder(path);
    const executable = isPlace ? join(path, inside) : path;
    if (await exists(executable)) return { executable, why: 'as --python says' };
    throw new CommandError(
      isPlace ? `${asked} is no virtual environment: it has no ${inside}` : `there is no Python ${executable}`,
      {
        code: 'FileNotFound',
        hint: 'name an interpreter or a virtual environment: --python .venv',
      },
    );
  }
  const active = env.VIRTUAL_ENV;
  const candidates: [string | undefined, string][] = [
    [join(cwd, '.venv'), '.venv of the working folder'],
    [join(dirname(modelPath), '.venv'), ".venv beside the model's file"],
    [active === undefined || active === '' ? undefined : active, 'the active virtual environment'],
  ];
  for (const [folder, why] of candidates) {
    if (folder === undefined) continue;
    const executable = join(folder, inside);
    if (await exists(executable)) return { executable, why };
  }
  return { executable: windows ? 'python' : 'python3', why: 'of the PATH: there is no .venv and none is active' };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
