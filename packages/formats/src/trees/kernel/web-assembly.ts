/** The part of the WebAssembly API that is used here; TypeScript has its types only in the browser's library. */
interface WebAssemblyApi {
  readonly Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: unknown } },
  ) => { readonly exports: object };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

/** A memory of at least `bytes` zero bytes. */
export function allocateMemory(bytes: number): { readonly buffer: ArrayBuffer } {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
}

/** The exports of a module over a memory. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: { readonly buffer: ArrayBuffer }): object {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}
