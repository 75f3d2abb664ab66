/** Has a peer's client ask a running server, and keeps what that proves. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { python } from '../environments.ts';
import type { Results } from '../kubectl/checks.ts';
import type { Proof } from '../results/serving.ts';

const CLIENTS = join(import.meta.dirname, '..', 'clients');

/** What a client asks, and the answer that it is to read. */
export interface Question {
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly rows: readonly (readonly number[])[];
  readonly expected: unknown;
  /** The host that a gateway knows the service by. */
  readonly host?: string;
}

/** Which client asks by which habits; the tests of each are named by protocol and transport. */
const BY_HABITS: ReadonlyMap<string, readonly ['sdk' | 'mlserver', string]> = new Map([
  ['kserve', ['sdk', 'ask_kserve']],
  ['mlserver', ['mlserver', 'ask_mlserver']],
  ['triton', ['sdk', 'ask_triton']],
]);

/** Runs the client; each of its tests that passes is a proof. */
export class Witness {
  readonly proofs: Proof[] = [];
  readonly #results: Results;

  constructor(results: Results) {
    this.#results = results;
  }

  ask(
    of: Pick<Proof, 'runtime' | 'format'> & { readonly flavour: string },
    server: { readonly http: number; readonly grpc: number },
    question: Question,
  ): void {
    const { runtime, format, flavour } = of;
    const client = BY_HABITS.get(flavour);
    if (client === undefined) throw new Error(`no client asks by the habits of ${flavour}`);
    const [environment, script] = client;
    const args = [join(CLIENTS, `${script}.py`), `${server.http}`, `${server.grpc}`, JSON.stringify(question)];
    const said = spawnSync(python(environment), args, { encoding: 'utf8', timeout: 120_000 });
    const tests = [...said.stdout.matchAll(/^(not )?ok test_(v[12])_(http|grpc)$/gm)];
    // A script that ended before its first test is a failure, not an empty success.
    if (tests.length === 0) this.#results.record(`${runtime} ${format}`, false, said.stdout + said.stderr);
    for (const [, failed, version, way] of tests) {
      const [protocol, transport] = [version === 'v1' ? 'v1' : 'v2', way === 'http' ? 'HTTP' : 'gRPC'] as const;
      const isProved = failed === undefined;
      this.#results.record(`${runtime} ${format}: ${protocol} over ${transport}`, isProved, said.stderr);
      if (!isProved) continue;
      this.proofs.push({ runtime, format, protocol, transport, check: `${script}.py test_${version}_${way}` });
    }
  }
}
