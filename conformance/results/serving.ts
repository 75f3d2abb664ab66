/**
 * What the conformance runs proved of serving, kept in `serving.json` beside this file: docs/runtimes.md is made from it.
 * A run that proves less than the file claims fails; `--update` writes what it proved in the place of its own part's claims.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A peer's client asked a model of this format behind this runtime and read the right answer. */
export interface Proof {
  /** The ClusterServingRuntime's name, or `custom` for a predictor that brings its own server. */
  readonly runtime: string;
  readonly format: string;
  readonly protocol: 'v1' | 'v2';
  readonly transport: 'HTTP' | 'gRPC';
  /** The client and the check in it that proved this. */
  readonly check: string;
}

/** Proofs by the conformance part that made them. */
export type Claims = Readonly<Record<string, readonly Proof[]>>;

const FILE = join(import.meta.dirname, 'serving.json');
const ABOUT =
  'What conformance runs proved; written by `npm run conformance -- PART --update`, read by `npm run docs`.';

/** The committed claims. */
export function readClaims(file = FILE): Claims {
  return (JSON.parse(readFileSync(file, 'utf8')) as { parts: Claims }).parts;
}

/** The claims with those of one part replaced, each part and proof in a fixed order; other parts stay as they are. */
export function withPart(claims: Claims, part: string, proofs: readonly Proof[]): Claims {
  const all = Object.entries({ ...claims, [part]: [...proofs].sort((a, b) => compare(keyOf(a), keyOf(b))) });
  return Object.fromEntries(all.filter(([, some]) => some.length > 0).sort(([a], [b]) => compare(a, b)));
}

/** What `wanted` has and `given` lacks. */
export function lacking(wanted: readonly Proof[], given: readonly Proof[]): Proof[] {
  const known = new Set(given.map(keyOf));
  return wanted.filter((proof) => !known.has(keyOf(proof)));
}

/** Ends a part's run: writes its proofs (`isUpdate`), or returns what is wrong with the committed claims, in lines to print. */
export function settle(part: string, proofs: readonly Proof[], isUpdate: boolean, file = FILE): readonly string[] {
  const claims = readClaims(file);
  if (isUpdate) {
    writeFileSync(file, fileText(withPart(claims, part, proofs)));
    console.log(`# wrote ${proofs.length} proofs of ${part}; npm run docs makes docs/runtimes.md from them`);
    return [];
  }
  const claimed = claims[part] ?? [];
  const unclaimed = lacking(proofs, claimed);
  if (unclaimed.length > 0)
    console.log(`# not claimed yet: ${unclaimed.map(inWords).join('; ')}. To claim it: ${updateCommand(part)}`);
  return lacking(claimed, proofs).map(
    (proof) =>
      `conformance/results/serving.json claims what this run did not prove: ${inWords(proof)}. Mend it, or write what was proved: ${updateCommand(part)}`,
  );
}

/** The text of serving.json. */
export function fileText(parts: Claims): string {
  return `${JSON.stringify({ about: ABOUT, parts }, undefined, 2)}\n`;
}

function updateCommand(part: string): string {
  return `npm run conformance -- ${part} --update, then npm run docs`;
}

function inWords({ runtime, format, protocol, transport, check }: Proof): string {
  return `${runtime} serves ${format} by ${protocol} over ${transport} (${check})`;
}

function keyOf({ runtime, format, protocol, transport, check }: Proof): string {
  return [runtime, format, protocol, transport, check].join('\0');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
