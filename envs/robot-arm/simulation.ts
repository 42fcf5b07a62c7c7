import { UserError } from '../../src/core/errors.ts';
import { nearestNames } from '../../src/core/nearest.ts';
import { type DoubleBuffer, type MjData, type MjModel, type MjVfs, mujoco } from './mujoco.ts';

export type Kind = 'body' | 'joint' | 'geom' | 'site' | 'actuator';

const kindNames: Record<Kind, string> = {
  body: 'mjOBJ_BODY',
  joint: 'mjOBJ_JOINT',
  geom: 'mjOBJ_GEOM',
  site: 'mjOBJ_SITE',
  actuator: 'mjOBJ_ACTUATOR',
};

/** What is left in WebAssembly memory when a simulation is forgotten without having been disposed of. */
const abandoned = new FinalizationRegistry((owned: { delete(): void }[]) => {
  for (const object of owned) object.delete();
});

/**
 * Views into WebAssembly memory by name. When that memory grows, which making another model may do, every view is
 * detached and has length 0; it is then read anew. So none of them may be kept while something is made.
 */
class Views {
  readonly #source: Readonly<Record<string, unknown>>;
  readonly #kept: Record<string, Float64Array> = {};

  constructor(source: Readonly<Record<string, unknown>>) {
    this.#source = source;
  }

  get(name: string): Float64Array {
    const kept = this.#kept[name];
    if (kept !== undefined && kept.byteLength > 0) return kept;
    const view = this.#source[name] as Float64Array;
    this.#kept[name] = view;
    return view;
  }
}

/**
 * A mechanical system simulated by MuJoCo: the one place that owns its memory. SI units; angles in rad.
 *
 * Arrays such as `qpos` are views of the simulation's own memory under MuJoCo's names in camelCase, see
 * https://mujoco.readthedocs.io/en/stable/APIreference/APItypes.html. Read them anew after another simulation was made.
 */
export class Simulation {
  readonly nq: number;
  readonly nv: number;
  readonly nu: number;
  readonly njnt: number;
  readonly nbody: number;
  readonly ngeom: number;
  readonly nsite: number;
  /** Seconds. */
  readonly timeStep: number;
  /** How messages call the model. */
  readonly name: string;

  readonly #model: MjModel;
  readonly #data: MjData;
  readonly #state: Views;
  readonly #parameters: Views;
  readonly #position: DoubleBuffer;
  readonly #rotation: DoubleBuffer;
  readonly #mass: DoubleBuffer;
  readonly #saved: DoubleBuffer;
  readonly #stateParts: number;
  readonly #owned: { delete(): void }[] = [];

  /**
   * @param xml MJCF
   * @param assets files the model refers to, by the path it gives for them
   * @param payloadAt name of a site at which a body named `payloadBody` is put, of no mass until one is written
   * @throws UserError with MuJoCo's own words, which name the line of the XML, and before `loadMujoco`
   */
  constructor(xml: string, assets: Readonly<Record<string, Uint8Array>> = {}, name = 'the model', payloadAt?: string) {
    const { MjModel, MjData, MjVFS, DoubleBuffer, mjtState, mj_stateSize } = mujoco();
    this.name = name;
    const files = new MjVFS();
    try {
      for (const [path, bytes] of Object.entries(assets)) files.addBuffer(path, bytes);
      this.#model = this.#own(
        payloadAt === undefined ? MjModel.from_xml_string(xml, files) : modelWithPayload(xml, files, payloadAt),
      );
    } catch (cause) {
      throw new UserError(`MuJoCo cannot load ${name}: ${wordsOf(cause)}`, { cause });
    } finally {
      files.delete();
    }
    const model = this.#model;
    this.#data = this.#own(new MjData(model));
    this.#state = new Views(this.#data);
    this.#parameters = new Views(model);
    const size = model as Readonly<Record<string, number>>;
    this.nq = size.nq;
    this.nv = size.nv;
    this.nu = size.nu;
    this.njnt = size.njnt;
    this.nbody = size.nbody;
    this.ngeom = size.ngeom;
    this.nsite = size.nsite;
    this.timeStep = model.opt.timestep;

    const buffer = (length: number) => this.#own(DoubleBuffer.FromArray(new Array<number>(length).fill(0)));
    this.#position = buffer(3 * this.nv);
    this.#rotation = buffer(3 * this.nv);
    this.#mass = buffer(this.nv * this.nv);
    this.#stateParts = mjtState.mjSTATE_INTEGRATION.value;
    this.#saved = buffer(mj_stateSize(model, this.#stateParts));
    abandoned.register(this, this.#owned, this);
  }

  #own<T extends { delete(): void }>(object: T): T {
    this.#owned.push(object);
    return object;
  }

  get time(): number {
    return this.#data.time;
  }

  // Of the state; nq, nv, nu numbers, or so many for each body or site.

  get qpos(): Float64Array {
    return this.#state.get('qpos');
  }
  get qvel(): Float64Array {
    return this.#state.get('qvel');
  }
  get qacc(): Float64Array {
    return this.#state.get('qacc');
  }
  get ctrl(): Float64Array {
    return this.#state.get('ctrl');
  }
  get qfrcApplied(): Float64Array {
    return this.#state.get('qfrc_applied');
  }
  /** Forces of the actuators on the degrees of freedom. */
  get qfrcActuator(): Float64Array {
    return this.#state.get('qfrc_actuator');
  }
  /** Coriolis, centrifugal and gravity forces. */
  get qfrcBias(): Float64Array {
    return this.#state.get('qfrc_bias');
  }
  /** Damping, springs and gravity compensation. */
  get qfrcPassive(): Float64Array {
    return this.#state.get('qfrc_passive');
  }
  get xpos(): Float64Array {
    return this.#state.get('xpos');
  }
  get xquat(): Float64Array {
    return this.#state.get('xquat');
  }
  get xanchor(): Float64Array {
    return this.#state.get('xanchor');
  }
  get siteXpos(): Float64Array {
    return this.#state.get('site_xpos');
  }
  get siteXmat(): Float64Array {
    return this.#state.get('site_xmat');
  }
  get mocapPos(): Float64Array {
    return this.#state.get('mocap_pos');
  }

  /** A parameter of the model under its name in MuJoCo, such as `dof_damping`. Writing to it changes the model. */
  parameter(name: string): Float64Array {
    return this.#parameters.get(name);
  }

  /** Parameters that are whole numbers, such as `jnt_type` or `actuator_trnid`. Flags cannot be read. */
  indices(name: string): Int32Array {
    return this.#parameters.get(name) as unknown as Int32Array;
  }

  /** Works out what follows from parameters such as masses after they were written. Resets the state. */
  parametersChanged(): void {
    mujoco().mj_setConst(this.#model, this.#data);
    this.reset();
  }

  has(kind: Kind, name: string): boolean {
    const { mjtObj, mj_name2id } = mujoco();
    return mj_name2id(this.#model, mjtObj[kindNames[kind]].value, name) >= 0;
  }

  /** @throws UserError naming those there are */
  idOf(kind: Kind, name: string): number {
    const { mjtObj, mj_name2id } = mujoco();
    const id = mj_name2id(this.#model, mjtObj[kindNames[kind]].value, name);
    if (id >= 0) return id;
    const known = this.names(kind).filter((one) => one !== '');
    const near = nearestNames(name, known);
    const hint = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
    const list = known.length > 0 ? `It has ${known.join(', ')}.` : `None of its ${kind}s has a name.`;
    throw new UserError(`There is no ${kind} '${name}' in ${this.name}.${hint} ${list}`);
  }

  /** Empty where it has none. */
  nameOf(kind: Kind, id: number): string {
    const { mjtObj, mj_id2name } = mujoco();
    return mj_id2name(this.#model, mjtObj[kindNames[kind]].value, id) ?? '';
  }

  names(kind: Kind): string[] {
    const counts = { body: this.nbody, joint: this.njnt, geom: this.ngeom, site: this.nsite, actuator: this.nu };
    return Array.from({ length: counts[kind] }, (_, id) => this.nameOf(kind, id));
  }

  reset(): void {
    mujoco().mj_resetData(this.#model, this.#data);
  }

  /** Works out positions, velocities and accelerations of everything from the state. */
  forward(): void {
    mujoco().mj_forward(this.#model, this.#data);
  }

  step(times = 1): void {
    const { mj_step } = mujoco();
    for (let i = 0; i < times; i++) mj_step(this.#model, this.#data);
  }

  /** Writes d position / d qvel of a site, 3 x nv row by row, and where asked that of its rotation. */
  siteJacobian(site: number, out: Float64Array, rotation?: Float64Array): void {
    mujoco().mj_jacSite(this.#model, this.#data, this.#position, this.#rotation, site);
    out.set(this.#position.GetView());
    rotation?.set(this.#rotation.GetView());
  }

  /** Writes the joint-space inertia, nv x nv, armature included. */
  massMatrix(out: Float64Array): void {
    mujoco().mj_fullM(this.#model, this.#data, this.#mass);
    out.set(this.#mass.GetView());
  }

  /** Writes the forces that explain `qacc` in the state at hand: mass x qacc + bias - passive - constraint forces. */
  inverseDynamics(out: Float64Array): void {
    mujoco().mj_inverse(this.#model, this.#data);
    out.set(this.#state.get('qfrc_inverse'));
  }

  /** All that is needed to go on to the same bytes. */
  getState(): number[] {
    mujoco().mj_getState(this.#model, this.#data, this.#saved, this.#stateParts);
    return Array.from(this.#saved.GetView());
  }

  setState(state: readonly number[]): void {
    const { mj_setState, mj_forward } = mujoco();
    mj_setState(this.#model, this.#data, state, this.#stateParts);
    mj_forward(this.#model, this.#data);
    // Looking at the accelerations has moved on the solver's starting point.
    mj_setState(this.#model, this.#data, state, this.#stateParts);
  }

  /** Gives the memory back; the simulation must not be used afterwards. */
  dispose(): void {
    abandoned.unregister(this);
    for (const object of this.#owned.splice(0)) object.delete();
  }
}

/** Name of the body that carries what an arm holds. */
export const payloadBody = 'upslope-payload';

/** A mass that moves nothing: MuJoCo wants moving bodies to have one. */
const noMass = 1e-9;

function modelWithPayload(xml: string, files: MjVfs, siteName: string): MjModel {
  const { parseXMLString, mjs_findElement, mjs_asSite, mjs_getParent, mjs_addBody, ...rest } = mujoco();
  const spec = parseXMLString(xml, files);
  try {
    const element = mjs_findElement(spec, rest.mjtObj.mjOBJ_SITE, siteName);
    if (element === undefined) throw new Error(`there is no site '${siteName}' for the payload`);
    const body = mjs_addBody(mjs_getParent(element), rest.mjs_getSpecDefault(spec));
    rest.mjs_setName(body.element, payloadBody);
    body.pos.set(mjs_asSite(element).pos);
    body.explicitinertial = true;
    body.mass = noMass;
    body.inertia.fill(noMass);
    return rest.mj_compile(spec, files);
  } finally {
    spec.delete();
  }
}

function wordsOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message
    .replace(/^MuJoCo Error: (Loading error: )?/, '')
    .trim()
    .replace(/\s*\n\s*/g, ', ');
}
