import { UserError } from '../../src/core/errors.ts';
import { importOptional, once } from '../../src/core/optional-package.ts';

/**
 * What is used of `@mujoco/mujoco`, in our own words: the package's types do not compile without skipLibCheck, and
 * whoever has not installed it must be able to compile against us.
 */
export interface Mujoco {
  readonly MjModel: { from_xml_string(xml: string, files?: MjVfs): MjModel };
  readonly MjData: new (model: MjModel) => MjData;
  readonly MjVFS: new () => MjVfs;
  readonly DoubleBuffer: { FromArray(values: ArrayLike<number>): DoubleBuffer };
  readonly mjtObj: Readonly<Record<string, { value: number }>>;
  readonly mjtState: Readonly<Record<string, { value: number }>>;
  parseXMLString(xml: string, files: MjVfs): MjSpec;
  mj_compile(spec: MjSpec, files: MjVfs): MjModel;
  mjs_findElement(spec: MjSpec, kind: { value: number }, name: string): MjElement | undefined;
  mjs_getParent(element: MjElement): MjElement;
  mjs_asSite(element: MjElement): { readonly pos: Float64Array };
  mjs_addBody(parent: MjElement, defaults: unknown): MjSpecBody;
  mjs_getSpecDefault(spec: MjSpec): unknown;
  mjs_setName(element: MjElement, name: string): void;
  mj_step(model: MjModel, data: MjData): void;
  mj_forward(model: MjModel, data: MjData): void;
  mj_inverse(model: MjModel, data: MjData): void;
  mj_resetData(model: MjModel, data: MjData): void;
  mj_setConst(model: MjModel, data: MjData): void;
  mj_fullM(model: MjModel, data: MjData, out: DoubleBuffer): void;
  mj_jacSite(model: MjModel, data: MjData, position: DoubleBuffer, rotation: DoubleBuffer, site: number): void;
  mj_stateSize(model: MjModel, parts: number): number;
  mj_getState(model: MjModel, data: MjData, out: DoubleBuffer, parts: number): void;
  mj_setState(model: MjModel, data: MjData, state: readonly number[], parts: number): void;
  mj_name2id(model: MjModel, kind: number, name: string): number;
  mj_id2name(model: MjModel, kind: number, id: number): string;
}

/** Objects in WebAssembly memory: nothing frees them but `delete`. */
interface Disposable {
  delete(): void;
}

/** A model that can still be edited, and its parts. */
export type MjSpec = Disposable;
export type MjElement = object;
export interface MjSpecBody {
  readonly element: MjElement;
  readonly pos: Float64Array;
  readonly inertia: Float64Array;
  mass: number;
  explicitinertial: boolean;
}

/** Sizes and arrays by MuJoCo's own names. */
type Fields = Readonly<Record<string, unknown>>;

export type MjModel = Disposable & Fields & { readonly opt: { readonly timestep: number } };
export type MjData = Disposable & Fields & { readonly time: number };

export interface MjVfs extends Disposable {
  addBuffer(path: string, bytes: Uint8Array): void;
}

export interface DoubleBuffer extends Disposable {
  GetView(): Float64Array;
}

const loadOnce = once(importMujoco);
let loaded: Mujoco | undefined;

/**
 * Loads the physics engine, once in a process.
 *
 * @throws UserError where the package is not installed
 */
export async function loadMujoco(): Promise<void> {
  loaded = await loadOnce();
}

async function importMujoco(): Promise<Mujoco> {
  const engine = await importOptional('The physics of robot arms', '@mujoco/mujoco', '3');
  return (engine as { default(): Promise<Mujoco> }).default();
}

/** @throws UserError before `loadMujoco` has been awaited */
export function mujoco(): Mujoco {
  if (loaded) return loaded;
  throw new UserError(
    'The physics engine is not loaded yet. Environments that need it are made after `await loadEnv(id)`.',
  );
}
