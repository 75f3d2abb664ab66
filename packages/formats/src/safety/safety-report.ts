import { judgeGlobal } from './dangers.ts';
import type { Findings } from './findings.ts';

/** A name that the pickles of a model ask Python for. */
export interface NamedGlobal {
  /** `module.name`, as the file writes it. */
  readonly name: string;
  /** `allowed`: Berth knows it and reads it as data. `refused`: a model that names it is not loaded. */
  readonly status: 'allowed' | 'refused';
  /** What it could do in a program that unpickles the file; for refused ones. */
  readonly could?: string;
  /** Whether the file calls it, not only mentions it. */
  readonly called: boolean;
  readonly count: number;
  /** Byte of the unpacked file where it stands first. */
  readonly offset: number;
  /** The file in a folder or container, where there are several. */
  readonly file?: string;
}

/** What a model's files would do to a program that unpickles them. */
export interface SafetyReport {
  /** `no-code`: nothing in it is a pickle. `safe`: all that its pickles name is known. `unsafe`: something is not, or is hidden. */
  readonly verdict: 'no-code' | 'safe' | 'unsafe';
  /** Pickles that were read, those inside of others among them. */
  readonly pickles: number;
  /** Refused ones first. */
  readonly globals: readonly NamedGlobal[];
  /** What else is to be said: names that are computed, parts that could not be read, … */
  readonly notes: readonly string[];
}

/** What was found in the files of a model, as one report. */
export function safetyReport(parts: readonly { readonly file?: string; readonly findings: Findings }[]): SafetyReport {
  const globals: NamedGlobal[] = [];
  const notes: string[] = [];
  let pickles = 0;
  let isHidden = false;
  for (const { file, findings } of parts) {
    pickles += findings.pickles;
    const prefix = file === undefined ? '' : `${file}: `;
    for (const { kind, message } of findings.oddities) {
      notes.push(`${prefix}${message}`);
      if (kind !== 'unread') isHidden = true;
    }
    for (const { module, name, count, called, offset } of findings.globals.values()) {
      const { allowed, could } = judgeGlobal(module, name, called);
      globals.push({
        name: `${module}.${name}`,
        status: allowed ? 'allowed' : 'refused',
        ...(could === undefined ? {} : { could }),
        called,
        count,
        offset,
        ...(file === undefined ? {} : { file }),
      });
    }
  }
  const refused = globals.filter((one) => one.status === 'refused');
  const allowed = globals.filter((one) => one.status === 'allowed');
  const verdict = refused.length > 0 || isHidden ? 'unsafe' : pickles === 0 ? 'no-code' : 'safe';
  return { verdict, pickles, globals: [...refused, ...allowed], notes };
}
