const ANY = '…';

/** Whether lines are what a document says: `…` alone is any lines (also none), `…` in a line any text. */
export function matchesOutput(expected: readonly string[], lines: readonly string[]): boolean {
  // The classic two rows of wildcard matching: reachable[i] says whether expected[0..i) can cover the lines so far.
  let reachable = closure(expected, new Set([0]));
  for (const line of lines) {
    const next = new Set<number>();
    for (const index of reachable) {
      const wanted = expected[index];
      if (wanted === undefined) continue;
      if (wanted.trim() === ANY) next.add(index);
      else if (matchesLine(wanted, line)) next.add(index + 1);
    }
    reachable = closure(expected, next);
  }
  return reachable.has(expected.length);
}

/** A line of any lines may be passed over. */
function closure(expected: readonly string[], indices: Set<number>): Set<number> {
  for (const index of indices) if (expected[index]?.trim() === ANY) indices.add(index + 1);
  return indices;
}

function matchesLine(wanted: string, line: string): boolean {
  const pattern = wanted.trimEnd().split(ANY).map(literally).join('.*');
  return new RegExp(`^${pattern}$`, 's').test(line.trimEnd());
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
