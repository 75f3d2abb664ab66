import { COMBINING_RANGES } from './combining-ranges.ts';

/** Whether the character has a combining class, as `unicodedata.combining` tells. */
function isCombining(code: number): boolean {
  let low = 0;
  let high = COMBINING_RANGES.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = COMBINING_RANGES[middle];
    if (code < first) high = middle - 1;
    else if (code > last) low = middle + 1;
    else return true;
  }
  return false;
}

/** `strip_accents='unicode'`: decomposed, without the combining characters. */
export function stripAccentsUnicode(text: string): string {
  let out = '';
  for (const char of text.normalize('NFKD')) if (!isCombining(char.codePointAt(0) ?? 0)) out += char;
  return out;
}

/** `strip_accents='ascii'`: decomposed, without whatever is not ASCII. */
export function stripAccentsAscii(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
  return text.normalize('NFKD').replace(/[^\x00-\x7f]/g, '');
}
