import type { DocumentValue } from './document.ts';
import { damaged } from './document.ts';

/**
 * The base score in all its spellings: a number, a number as text (`5E-1`, XGBoost up to 3.0), or a list as text
 * (`[3.0667613E0,-1.9880061E0]`, 3.1 and newer: one value for each output).
 * @throws LoadError CorruptModel that quotes what is no number.
 */
export function readBaseScore(value?: DocumentValue): number[] {
  if (value === undefined) return [0.5];
  if (typeof value === 'number') return [Math.fround(value)];
  if (Array.isArray(value) && value.every((part) => typeof part === 'number')) return value.map(Math.fround);
  if (typeof value !== 'string') throw damaged('learner_model_param', 'base_score', 'is neither number nor text');
  const inner = /^\s*\[(.*)\]\s*$/s.exec(value)?.[1] ?? value;
  const parts = inner.split(',').map((part) => part.trim());
  return parts.map((part) => {
    const number = part === '' ? NaN : Number(part);
    if (!Number.isFinite(number)) {
      throw damaged(
        'learner_model_param',
        'base_score',
        `is ${JSON.stringify(value.slice(0, 60))}, which is no number`,
      );
    }
    return Math.fround(number);
  });
}
