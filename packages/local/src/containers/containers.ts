import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRunner, Workload } from '@berth/control';
import { type LaunchPlan, LaunchRefused } from '../processes/launch-plan.ts';
import { containerLaunch, platformLabel } from './container-launch.ts';
import { type ContainerEngine, ENGINE_VARIABLES, type EngineSearch, findEngine, runEngine } from './engine.ts';

/** Milliseconds after which a machine without an engine is looked at again: one may be installed meanwhile. */
const LOOK_AGAIN_MS = 10_000;
const REMOVE_MS = 30_000;

/** The container engine of this machine, looked for when the first container is wanted. */
export class Containers {
  readonly #path: string;
  readonly #stateFolder: string;
  readonly #now: () => number;
  readonly #marker: string;
  #search: Promise<EngineSearch> | undefined;
  #searchedAt = 0;

  constructor(options: { readonly path: string; readonly stateFolder: string; readonly now: () => number }) {
    this.#path = options.path;
    this.#stateFolder = options.stateFolder;
    this.#now = options.now;
    this.#marker = join(options.stateFolder, 'containers');
  }

  /** @throws LaunchRefused NeedsContainerEngine */
  async prepare(workload: Workload, runner: ContainerRunner, folder: string): Promise<LaunchPlan> {
    const engine = await this.#engine(runner.image);
    // From now on a start has something to look for.
    writeFileSync(this.#marker, '', { mode: 0o600 });
    return containerLaunch(workload, runner, folder, engine, this.#stateFolder, this.#clientEnv());
  }

  /** Removes a container that may still be there. Never rejects. */
  async remove({ engine, name }: { readonly engine: string; readonly name: string }): Promise<void> {
    await runEngine(engine, ['rm', '-f', name], REMOVE_MS);
  }

  /** The process of a container as this machine sees it; undefined where the engine does not say. */
  async processOf({ engine, name }: { readonly engine: string; readonly name: string }): Promise<number | undefined> {
    const { isOk, output } = await runEngine(engine, ['inspect', '--format', '{{.State.Pid}}', name], REMOVE_MS);
    const pid = Number(output.trim());
    return isOk && Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  }

  /** Removes the containers of an earlier run of the platform, all but those that run still. Never rejects. */
  async removeLeftOvers(running: ReadonlySet<string>): Promise<void> {
    if (!existsSync(this.#marker)) return;
    const found = await this.#find();
    if (!('engine' in found)) return;
    const { program } = found.engine;
    const filter = ['--filter', `label=${platformLabel(this.#stateFolder)}`, '--format', '{{.Names}}'];
    const { isOk, output } = await runEngine(program, ['ps', '-a', ...filter], REMOVE_MS);
    if (!isOk) return;
    for (const name of output.split('\n').filter((one) => one !== '' && !running.has(one))) {
      await this.remove({ engine: program, name });
    }
  }

  async #engine(image: string): Promise<ContainerEngine> {
    const found = await this.#find();
    if ('engine' in found) return found.engine;
    throw new LaunchRefused(
      'NeedsContainerEngine',
      `the image ${image} needs a container engine, and ${found.problem}; install podman, docker or nerdctl, or give the container a command that runs on this machine`,
      { isFinal: true },
    );
  }

  async #find(): Promise<EngineSearch> {
    if (this.#search !== undefined) {
      const found = await this.#search;
      if ('engine' in found || this.#now() - this.#searchedAt < LOOK_AGAIN_MS) return found;
    }
    this.#searchedAt = this.#now();
    this.#search = findEngine(this.#path);
    return this.#search;
  }

  /** What the client needs to find its own things; nothing of the platform's. */
  #clientEnv(): Record<string, string> {
    const env: Record<string, string> = { PATH: this.#path };
    for (const name of ENGINE_VARIABLES) {
      const value = process.env[name];
      if (value !== undefined) env[name] = value;
    }
    return env;
  }
}
