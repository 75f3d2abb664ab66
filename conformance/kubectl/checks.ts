import type { Said } from './kubectl.ts';

/** What is wanted of a command: it succeeds unless `fails`, and says these things. */
export interface Wanted {
  readonly fails?: boolean;
  /** In stdout. */
  readonly out?: readonly (string | RegExp)[];
  readonly err?: readonly (string | RegExp)[];
  /** In neither. */
  readonly never?: readonly RegExp[];
}

/** Counts and prints results. */
export class Results {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** Holds what a command said against what is wanted. */
  check(name: string, said: Said, wanted: Wanted = {}): boolean {
    const problems = [
      ...((said.status === 0) === (wanted.fails === true) ? [`it ended with ${said.status}`] : []),
      ...missing(wanted.out, said.out, 'stdout'),
      ...missing(wanted.err, said.err, 'stderr'),
      ...(wanted.never ?? [])
        .filter((pattern) => pattern.test(said.out) || pattern.test(said.err))
        .map((pattern) => `${pattern} was said`),
    ];
    this.record(name, problems.length === 0, `${problems.join('; ')}\n${said.out}${said.err}`);
    return problems.length === 0;
  }

  /** Passes where `work` ends well; what it gives is told beside the name. */
  async attempt(name: string, work: () => Promise<unknown>): Promise<void> {
    const start = performance.now();
    try {
      const told = await work();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      this.record(`${name} (${seconds} s)${told ? `: ${told}` : ''}`, true, '');
    } catch (error) {
      this.record(name, false, (error as Error).message);
    }
  }

  record(name: string, isGood: boolean, detail: string): void {
    if (isGood) {
      this.passed++;
      console.log(`ok ${name}`);
    } else {
      this.failed++;
      console.log(`not ok ${name}: ${detail.trimEnd()}`);
    }
  }

  skip(name: string, why: string): void {
    this.skipped++;
    console.log(`skip ${name}: ${why}`);
  }
}

/** Ends an attempt that does not hold. @throws Error */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function missing(wanted: readonly (string | RegExp)[] | undefined, text: string, where: string): string[] {
  return (wanted ?? [])
    .filter((one) => (typeof one === 'string' ? !text.includes(one) : !one.test(text)))
    .map((one) => `${where} lacks ${one}`);
}
