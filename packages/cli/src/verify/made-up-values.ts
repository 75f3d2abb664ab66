import type { Category, FeatureFacts } from '@berth/formats';
import type { Random } from './random.ts';

/** What a made-up cell may be besides the ordinary. */
export interface CellRules {
  /** The model takes a missing cell here. */
  readonly missing: boolean;
  /** The model takes a category here that training had not. */
  readonly unseen: boolean;
}

/** A text that no training data holds. */
export const UNSEEN_TEXT = 'berth-unseen';

/** A made-up value of a column of numbers. */
export function madeUpNumber(facts: FeatureFacts | undefined, rules: CellRules, random: Random): number {
  if (rules.missing && random.next() < 0.05) return Number.NaN;
  const categories = numbersOf(facts?.categories);
  if (categories.length > 0) {
    return rules.unseen && random.next() < 0.1 ? unseenNumber(categories) : random.pick(categories);
  }
  const thresholds = facts?.thresholds ?? [];
  const seen = facts?.seen ?? [];
  const choice = random.next();
  if (thresholds.length > 0 && choice < 0.5) return beside(random.pick(thresholds), random);
  if (seen.length > 0 && choice < 0.7) return random.pick(seen);
  const { center, spread } = rangeOf(facts);
  return center + random.normal() * spread * (choice > 0.97 ? 10 : 2);
}

/** A made-up text: a category, or some words of the vocabulary. */
export function madeUpText(facts: FeatureFacts | undefined, rules: CellRules, random: Random): string {
  const words = facts?.words ?? [];
  if (words.length > 0) {
    const count = random.below(13);
    return Array.from({ length: count }, () => (random.next() < 0.1 ? UNSEEN_TEXT : random.pick(words))).join(' ');
  }
  const texts = textsOf(facts?.categories);
  if (texts.length === 0) return random.pick(['a', 'b', UNSEEN_TEXT]);
  return rules.unseen && random.next() < 0.1 ? UNSEEN_TEXT : random.pick(texts);
}

/** The value that is as ordinary as any: what other cells are tried with. */
export function ordinaryNumber(facts: FeatureFacts | undefined): number {
  const [category] = numbersOf(facts?.categories);
  return category ?? facts?.seen[0] ?? rangeOf(facts).center;
}

/** The same for text. */
export function ordinaryText(facts: FeatureFacts | undefined): string {
  return textsOf(facts?.categories)[0] ?? facts?.words?.[0] ?? 'a';
}

/** Whether a column holds text. */
export function holdsText(facts: FeatureFacts | undefined): boolean {
  return facts?.words !== undefined || textsOf(facts?.categories).length > 0;
}

/** A number that is none of the categories. */
export function unseenNumber(categories: readonly number[]): number {
  return Math.max(...categories) + 1;
}

/** The categories that are numbers; true and false are 1 and 0. */
export function numbersOf(categories: readonly Category[] | undefined): number[] {
  return (categories ?? []).flatMap((one) =>
    (typeof one === 'number' && !Number.isNaN(one)) || typeof one === 'boolean' ? [Number(one)] : [],
  );
}

function textsOf(categories: readonly Category[] | undefined): string[] {
  return (categories ?? []).filter((one) => typeof one === 'string');
}

/** The threshold itself, or the nearest number on either side, in float64 or in float32, in which many models compare. */
function beside(threshold: number, random: Random): number {
  const single = Math.fround(threshold);
  return random.pick([
    threshold,
    nextFloat64(threshold, 1),
    nextFloat64(threshold, -1),
    single,
    nextFloat32(single, 1),
    nextFloat32(single, -1),
  ]);
}

function rangeOf(facts: FeatureFacts | undefined): { center: number; spread: number } {
  if (facts?.range !== undefined) return { center: facts.range.center, spread: facts.range.spread || 1 };
  const known = [...(facts?.thresholds ?? []), ...(facts?.seen ?? [])];
  if (known.length === 0) return { center: 0, spread: 1 };
  const [least, most] = [Math.min(...known), Math.max(...known)];
  return { center: (least + most) / 2, spread: (most - least) / 2 || Math.abs(most) / 4 || 1 };
}

const float64 = new Float64Array(1);
const bits64 = new BigInt64Array(float64.buffer);
const float32 = new Float32Array(1);
const bits32 = new Int32Array(float32.buffer);

/** The next number up (1) or down (-1). */
export function nextFloat64(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE;
  float64[0] = value;
  bits64[0] += BigInt(value > 0 ? direction : -direction);
  return float64[0];
}

/** The next float32 up (1) or down (-1) of one. */
export function nextFloat32(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * 2 ** -149;
  float32[0] = value;
  bits32[0] += value > 0 ? direction : -direction;
  return float32[0];
}
