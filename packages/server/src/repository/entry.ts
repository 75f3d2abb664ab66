import type { Flavour } from '@berth/formats';
import type { Model } from '@berth/inference';
import type { ModelState, Resolved, ServedModel, ServedVersion } from '../dataplane/types.ts';
import { InFlight } from './in-flight.ts';
import { compareVersions } from './names.ts';

/** One version in the repository, as it changes. */
interface Slot {
  state: ModelState;
  reason?: string;
  model?: Model;
  loadMs?: number;
  inFlight: InFlight;
  /** Whether readiness waits for it: false once somebody unloaded it. */
  wanted: boolean;
}

/** One model name: its version slots, and the look-up results made from them whenever one changes. */
export class Entry {
  readonly name: string;
  #slots = new Map<string, Slot>();
  #flavour: Flavour;
  #byVersion = new Map<string, Resolved>();
  #newest: Resolved | undefined;
  #served!: ServedModel;

  constructor(name: string, flavour: Flavour) {
    this.name = name;
    this.#flavour = flavour;
    this.#rebuild();
  }

  get served(): ServedModel {
    return this.#served;
  }

  /** The highest READY version. */
  get newest(): Resolved | undefined {
    return this.#newest;
  }

  /** A READY version by its name; Triton calls the one version of an unversioned model "1". */
  version(version: string): Resolved | undefined {
    const found = this.#byVersion.get(version);
    if (found !== undefined || version !== '1' || this.#flavour !== 'triton') return found;
    return this.#byVersion.get('');
  }

  get readyVersions(): string[] {
    return [...this.#byVersion.keys()].sort(compareVersions);
  }

  get versions(): string[] {
    return [...this.#slots.keys()];
  }

  /** Whether every version that was asked for is READY. */
  get ready(): boolean {
    for (const slot of this.#slots.values()) if (slot.wanted && slot.state !== 'READY') return false;
    return true;
  }

  /** Whether somebody unloaded every version: then the name is as good as unknown. */
  get unloaded(): boolean {
    for (const slot of this.#slots.values()) if (slot.wanted || slot.state !== 'UNAVAILABLE') return false;
    return true;
  }

  state(version: string): ModelState | undefined {
    return this.#slots.get(version)?.state;
  }

  setFlavour(flavour: Flavour): void {
    this.#flavour = flavour;
    this.#rebuild();
  }

  loading(version: string, wanted: boolean): void {
    const slot = this.#slots.get(version);
    if (slot?.state === 'READY') return;
    this.#slots.set(version, { state: 'LOADING', inFlight: new InFlight(), wanted });
    this.#rebuild();
  }

  /** Puts `model` in place; resolves once the model it replaced, if any, has answered its last request and is closed. */
  loaded(version: string, model: Model, loadMs: number): Promise<void> {
    const replaced = this.#slots.get(version);
    this.#slots.set(version, { state: 'READY', model, loadMs, inFlight: new InFlight(), wanted: true });
    this.#rebuild();
    return replaced === undefined ? Promise.resolve() : retire(replaced);
  }

  /** Notes a failed load; a version that was READY before goes on serving. */
  failed(version: string, reason: string, wanted: boolean): void {
    const slot = this.#slots.get(version);
    if (slot?.state === 'READY') return;
    this.#slots.set(version, { state: 'UNAVAILABLE', reason, inFlight: new InFlight(), wanted });
    this.#rebuild();
  }

  /** Takes no more requests for `version` at once; resolves when its last one has ended and the model is closed. */
  async unload(version: string, reason: string): Promise<void> {
    const slot = this.#slots.get(version);
    if (slot === undefined) return;
    slot.wanted = false;
    if (slot.model === undefined) {
      slot.state = 'UNAVAILABLE';
      slot.reason = reason;
      this.#rebuild();
      return;
    }
    slot.state = 'UNLOADING';
    this.#rebuild();
    try {
      await retire(slot);
    } finally {
      slot.state = 'UNAVAILABLE';
      slot.reason = reason;
      delete slot.model;
      this.#rebuild();
    }
  }

  #rebuild(): void {
    const versions: ServedVersion[] = [];
    for (const version of [...this.#slots.keys()].sort(compareVersions)) {
      versions.push(describe(version, this.#slots.get(version) as Slot));
    }
    const versioned = versions.some((each) => each.version !== '');
    this.#served = { name: this.name, flavour: this.#flavour, versions, versioned };
    this.#byVersion = new Map();
    this.#newest = undefined;
    for (const version of versions) {
      if (version.state !== 'READY' || version.model === undefined) continue;
      const inFlight = (this.#slots.get(version.version) as Slot).inFlight;
      const resolved: Resolved = { served: this.#served, version, model: version.model, inFlight };
      this.#byVersion.set(version.version, resolved);
      this.#newest ??= resolved;
    }
  }
}

function describe(version: string, slot: Slot): ServedVersion {
  return {
    version,
    state: slot.state,
    ...(slot.reason === undefined ? {} : { reason: slot.reason }),
    ...(slot.model === undefined ? {} : { model: slot.model }),
    ...(slot.loadMs === undefined ? {} : { loadMs: slot.loadMs }),
  };
}

async function retire(slot: Slot): Promise<void> {
  await slot.inFlight.idle();
  await slot.model?.close();
}
