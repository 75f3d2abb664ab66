/** Whether what a platform takes grows, from looks at it at equal distances. */
import { type Footprint, PARTS, type PartName } from './footprint.ts';

/** What the heap may swing by between two collections. */
const RSS_SLACK = 24 * 2 ** 20;
/** Connections to replicas that are kept or not. */
const DESCRIPTOR_SLACK = 8;
/** Events and revisions stay for a while; what is bounded by time is not a leak within minutes. */
const DATABASE_SLACK = 8 * 2 ** 20;
const FILE_SLACK = 4;

/** What grew from the second quarter to the last, in words; the first quarter warms up. Twelve looks at least. */
export function growth(looks: readonly Footprint[]): string[] {
  const quarter = Math.floor(looks.length / 4);
  const [early, late] = [looks.slice(quarter, 2 * quarter), looks.slice(-quarter)];
  const problems: string[] = [];
  const hold = (what: string, read: (look: Footprint) => number, slack: number) => {
    // The smallest of a few: between collections the rest is what could be given back.
    const [before, after] = [Math.min(...early.map(read)), Math.min(...late.map(read))];
    if (after - before > slack) problems.push(`${what} grew from ${before} to ${after}`);
  };
  for (const part of PARTS) {
    hold(`memory of ${part}`, (look) => look.parts[part].rss, RSS_SLACK);
    hold(`descriptors of ${part}`, (look) => look.parts[part].descriptors, DESCRIPTOR_SLACK);
  }
  hold('processes beside replicas', (look) => look.processes, 0);
  hold('temporary files and sockets', (look) => look.files, FILE_SLACK);
  hold('the database', (look) => look.databaseBytes, DATABASE_SLACK);
  return problems;
}

/** How fast the memory of a part grows, in megabytes an hour, by least squares. @param stepMs from look to look */
export function slope(looks: readonly Footprint[], part: PartName, stepMs: number): number {
  const middle = (looks.length - 1) / 2;
  const mean = looks.reduce((sum, look) => sum + look.parts[part].rss, 0) / looks.length;
  const rise = looks.reduce((sum, look, at) => sum + (at - middle) * (look.parts[part].rss - mean), 0);
  const run = looks.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  return ((rise / run) * (3_600_000 / stepMs)) / 1e6;
}
