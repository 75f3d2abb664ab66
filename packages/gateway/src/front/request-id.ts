import { randomBytes } from 'node:crypto';

const SANE_ID = /^[\x21-\x7e]{1,200}$/;
let prefix = randomBytes(8).toString('hex');
let count = 0;

/** The client's own id, of its `x-request-id`, where it is sane, else a new one. */
export function requestIdOf(sent: unknown): string {
  if (typeof sent === 'string' && SANE_ID.test(sent)) return sent;
  if (++count > 0xff_ff_ff) {
    count = 0;
    prefix = randomBytes(8).toString('hex');
  }
  return `${prefix}-${count.toString(16)}`;
}
