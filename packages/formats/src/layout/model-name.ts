/** What a model may be called in a URL: up to 253 letters, digits, `-`, `_` and `.`, a letter or digit at both ends. */
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,251}[A-Za-z0-9])?$/;

/** Whether `name` can be a model's name. */
export function isModelName(name: string): boolean {
  return NAME.test(name) && !name.includes('..');
}

/** The nearest valid name to a file's or folder's: other characters become `-`; `model` where nothing is left. */
export function toModelName(text: string): string {
  const name = text
    .replace(/[^-A-Za-z0-9_.]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 253)
    .replace(/[^A-Za-z0-9]+$/, '');
  return name === '' ? 'model' : name;
}
