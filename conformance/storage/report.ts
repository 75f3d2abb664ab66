/** Counts of checks, printed one a line as the other suites do. */
export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  /** Runs one check; what it throws is its failure. */
  async check(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.passed++;
      console.log(`ok ${name}`);
    } catch (thrown) {
      this.failed++;
      console.log(`not ok ${name}\n${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
    }
  }

  /** Says what could not be checked here, and why. */
  skip(name: string, why: string): void {
    this.skipped++;
    console.log(`skip ${name}: ${why}`);
  }
}
