/** A shared memory: it grows in place, so that views made before stay valid. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Returns the pages it had before. */
  grow(pages: number): number;
}

export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}

/** The part of the WebAssembly interface in use: TypeScript only knows it with the types of a browser's page. */
interface WebAssemblyInterface {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => WasmModule;
  Instance: new (module: WasmModule, imports: { env: { memory: WasmMemory } }) => { readonly exports: object };
  Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
}

export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyInterface };
