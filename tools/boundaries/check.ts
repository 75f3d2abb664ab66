import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ARROWS, IMPURE_MODULES, PURE_PACKAGES, SIBLINGS, SINGLE_OWNER } from './rules.ts';

/** One import that breaks an arrow. */
export interface Violation {
  readonly file: string;
  readonly specifier: string;
  readonly rule: string;
}

/** What a check saw: a check that read next to nothing proves nothing, so the counts are part of the result. */
export interface BoundaryReport {
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly Violation[];
}

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
}

const IMPORT =
  /(?:^|[;}\s])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"\n]+)['"]|(?:^|[;}\s])import\s*['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/g;

/** The specifiers that a TypeScript source imports, statically or by a literal `import()`; comments do not count. */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/^\s*\/\/.*$/gm, ' ');
  return [...code.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

/** Checks every source file of the workspaces under `root` against rules.ts. */
export function checkBoundaries(root: string): BoundaryReport {
  const packages = readPackages(root);
  const violations: Violation[] = [];
  let files = 0;
  let imports = 0;
  for (const owner of packages) {
    for (const path of sourceFiles(join(owner.folder, 'src'))) {
      files++;
      const test = /\.(test|bench)\.ts$|\/testing\//.test(path);
      for (const specifier of importsOf(readFileSync(path, 'utf8'))) {
        imports++;
        const rule = judge(root, owner, path, specifier, test);
        if (rule !== undefined) violations.push({ file: relative(root, path), specifier, rule });
      }
    }
  }
  return { files, imports, violations };
}

function judge(root: string, owner: Package, path: string, specifier: string, test: boolean): string | undefined {
  if (specifier.startsWith('.')) return judgeRelative(root, owner, path, specifier, test);
  if (specifier.startsWith('node:')) {
    if (!test && PURE_PACKAGES.includes(owner.name) && IMPURE_MODULES.includes(specifier)) {
      return `${owner.name} is pure: no ${specifier}`;
    }
    return undefined;
  }
  if (specifier.startsWith('@berth/')) {
    const [, target, ...deeper] = specifier.split('/');
    if (deeper.length > 0) return 'a package is imported by its name, not by a path inside it';
    if (!ARROWS.get(owner.name)?.includes(target)) return `no arrow leads from ${owner.name} to ${target}`;
    if (!owner.dependencies.has(specifier)) return `package.json of ${owner.name} does not name ${specifier}`;
    return undefined;
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const single = SINGLE_OWNER.get(name);
  if (single !== undefined && single !== owner.name) return `only ${single} may import ${name}`;
  if (!test && !owner.dependencies.has(name)) return `package.json of ${owner.name} does not name ${name}`;
  return undefined;
}

function judgeRelative(
  root: string,
  owner: Package,
  path: string,
  specifier: string,
  test: boolean,
): string | undefined {
  const target = resolve(dirname(path), specifier);
  if (!target.startsWith(owner.folder + sep)) return 'another package is imported by its name, not by a relative path';
  // A test may put siblings together; what ships may not.
  if (test) return undefined;
  for (const { folder, allowed } of SIBLINGS) {
    const from = roomOf(join(root, folder), path);
    const to = roomOf(join(root, folder), target);
    if (from !== undefined && to !== undefined && from !== to && !allowed.includes(`${from}→${to}`)) {
      return `siblings in ${folder} do not import each other: ${from}→${to}`;
    }
  }
  return undefined;
}

/** The first folder below `base` that holds `path`; undefined for files that lie in `base` itself or elsewhere. */
function roomOf(base: string, path: string): string | undefined {
  const inside = relative(base, path);
  if (inside.startsWith('..')) return undefined;
  const parts = inside.split(sep);
  return parts.length > 1 ? parts[0] : undefined;
}

function readPackages(root: string): Package[] {
  const found: Package[] = [];
  for (const parent of ['packages', 'engines', 'clouds']) {
    for (const entry of list(join(root, parent))) {
      const folder = join(root, parent, entry);
      let manifest: Record<string, unknown>;
      try {
        manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
      } catch {
        continue;
      }
      const dependencies = new Set<string>();
      for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
        for (const name of Object.keys((manifest[key] ?? {}) as object)) dependencies.add(name);
      }
      found.push({ name: String(manifest.name).replace('@berth/', ''), folder, dependencies });
    }
  }
  return found;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of list(folder)) {
    const path = join(folder, entry);
    if (entry.endsWith('.ts')) yield path;
    else if (!entry.includes('.') && entry !== 'node_modules') yield* sourceFiles(path);
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
