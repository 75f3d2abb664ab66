/** What one check found. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'note' | 'problem';
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** One thing that doctor looks at. */
export interface Check {
  readonly name: string;
  /** Never rejects on purpose; what it throws becomes a problem. */
  run(): Promise<Omit<Finding, 'name'> | readonly Omit<Finding, 'name'>[]>;
}

/** Runs checks in order; one that throws or hangs is a finding too. */
export async function runChecks(checks: readonly Check[], timeoutMs = 5_000): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, run } of checks) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Omit<Finding, 'name'>>((resolve) => {
      timer = setTimeout(
        () => resolve({ level: 'problem', message: `no answer within ${timeoutMs / 1000} s` }),
        timeoutMs,
      );
    });
    try {
      const found = await Promise.race([run(), late]);
      const list = Array.isArray(found)
        ? (found as readonly Omit<Finding, 'name'>[])
        : [found as Omit<Finding, 'name'>];
      for (const one of list) findings.push({ name, ...one });
    } catch (thrown) {
      findings.push({ name, level: 'problem', message: thrown instanceof Error ? thrown.message : String(thrown) });
    } finally {
      clearTimeout(timer);
    }
  }
  return findings;
}
