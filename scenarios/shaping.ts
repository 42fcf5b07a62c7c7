import type { EnvState } from '../src/core/env.ts';
import { UserError } from '../src/core/errors.ts';
import type { Space } from '../src/core/spaces/space.ts';
import type { AutoresetMode, EnvGroup, VectorEnv, VectorEnvState, VectorResetOptions } from '../src/core/vector-env.ts';
import { type CompiledExpression, compileExpression } from './expression.ts';
import type { Shaping, ShapingTerm } from './schema.ts';

/** The signal under which shaped environments publish the reward they got from the environments themselves. */
export const RAW_REWARD = 'reward/raw';

/** The signal under which a term's share of the reward, its weight included, is published. */
export function termSignal(name: string): string {
  return `shaping/${name}`;
}

interface Term {
  name: string;
  weight: number;
  source: string;
  evaluate: CompiledExpression;
  isPotential: boolean;
}

interface ShapedState {
  envs: EnvState;
  /** The bytes of the potentials, in base64: JSON knows no negative zero. */
  potentials: string;
  steps: number[];
  ended: number[];
}

/**
 * Environments whose reward is a weighted sum: their own, and terms over the signals they publish.
 *
 * An `expression` term adds its value after the step. A `potential` term phi adds gamma * phi(s') - phi(s), where
 * phi(s') counts as 0 if s' is terminal; it changes how fast a policy is learned but not which one is best
 * (Ng, Harada and Russell 1999, theorem 1). A truncated episode could have gone on, so there phi(s') counts.
 *
 * The parts of the sum are published as signals: `reward/raw` (not weighted) and `shaping/<name>` for each term.
 *
 * @param gamma discount under which the policy is trained
 * @returns the environments themselves where there is nothing to shape
 * @throws UserError for an expression that does not compile; when stepping, for a term that is not finite; when an
 *   episode starts, for a potential over signals that are not published then
 */
export function shapeRewards(envs: VectorEnv, shaping: Shaping, gamma: number): VectorEnv {
  const plain = shaping.reward === 1 && shaping.terms.length === 0;
  return plain ? envs : new ShapedVectorEnv(envs, shaping, gamma);
}

class ShapedVectorEnv implements VectorEnv {
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly groups: readonly EnvGroup[];
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly observations: Float32Array;
  readonly finalObservations: Float32Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly actionMasks?: Uint8Array;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly startSignals: Float64Array;

  readonly #envs: VectorEnv;
  readonly #gamma: number;
  readonly #rewardWeight: number;
  readonly #terms: readonly Term[];
  /** Signals of the row at hand, which the terms are evaluated on. */
  readonly #values: Float64Array;
  /** phi(s), numEnvs x terms; unused for terms that are no potentials. */
  readonly #potentials: Float64Array;
  readonly #steps: Int32Array;
  /** Environments whose episode has ended and was not yet started anew. */
  readonly #ended: Uint8Array;

  constructor(envs: VectorEnv, shaping: Shaping, gamma: number) {
    const { numEnvs, signalNames } = envs;
    this.numEnvs = numEnvs;
    this.autoreset = envs.autoreset;
    this.groups = envs.groups;
    this.observationSpace = envs.observationSpace;
    this.actionSpace = envs.actionSpace;
    this.observationSize = envs.observationSize;
    this.actionSize = envs.actionSize;
    this.observations = envs.observations;
    this.finalObservations = envs.finalObservations;
    this.terminated = envs.terminated;
    this.truncated = envs.truncated;
    this.actionMasks = envs.actionMasks;
    this.rewards = new Float64Array(numEnvs);
    this.signalNames = [...signalNames, RAW_REWARD, ...shaping.terms.map(({ name }) => termSignal(name))];
    this.signals = new Float64Array(numEnvs * this.signalNames.length);
    this.startSignals = new Float64Array(numEnvs * this.signalNames.length);
    this.#envs = envs;
    this.#gamma = gamma;
    this.#rewardWeight = shaping.reward;
    this.#terms = shaping.terms.map((term, index) => compileTerm(term, index, signalNames));
    this.#values = new Float64Array(signalNames.length);
    this.#potentials = new Float64Array(numEnvs * this.#terms.length);
    this.#steps = new Int32Array(numEnvs);
    this.#ended = new Uint8Array(numEnvs);
  }

  reset(options: VectorResetOptions = {}): void | Promise<void> {
    // The mask may be an array that the reset itself changes, such as `terminated`.
    const mask = options.mask?.slice();
    return after(this.#envs.reset(options), () => this.#beginRows(mask));
  }

  step(actions: Float32Array, group?: EnvGroup): void | Promise<void> {
    const stepped = this.#envs.step(actions, group);
    if (stepped instanceof Promise) return this.#shapeAfter(stepped, group);
    this.#shapeRows(group);
  }

  async #shapeAfter(stepped: Promise<void>, group?: EnvGroup): Promise<void> {
    await stepped;
    this.#shapeRows(group);
  }

  #shapeRows(group?: EnvGroup): void {
    const start = group?.start ?? 0;
    const end = start + (group?.count ?? this.numEnvs);
    for (let row = start; row < end; row++) {
      // Under next-step the step after an end is a reset.
      if (this.#ended[row] === 0) this.#shapeRow(row);
      else this.#begin(row);
    }
  }

  #shapeRow(row: number): void {
    const { rewards, terminated, truncated } = this.#envs;
    const { signals } = this;
    const terms = this.#terms;
    const gamma = this.#gamma;
    this.#steps[row]++;

    let at = this.#load(this.#envs.signals, row, signals);
    let potentialAt = row * terms.length;
    signals[at++] = rewards[row];
    let reward = this.#rewardWeight * rewards[row];
    for (let i = 0; i < terms.length; i++, potentialAt++) {
      const { isPotential, weight } = terms[i];
      let value = 0;
      if (!isPotential) {
        value = this.#valueOf(terms[i], row);
      } else {
        const potential = terminated[row] ? 0 : this.#valueOf(terms[i], row);
        value = gamma * potential - this.#potentials[potentialAt];
        this.#potentials[potentialAt] = potential;
      }
      signals[at++] = weight * value;
      reward += weight * value;
    }
    this.rewards[row] = reward;

    if (!terminated[row] && !truncated[row]) return;
    if (this.autoreset === 'same-step') this.#beginEpisode(row);
    else this.#ended[row] = 1;
  }

  #beginRows(mask?: Uint8Array): void {
    for (let row = 0; row < this.numEnvs; row++) {
      if (mask?.[row] !== 0) this.#begin(row);
    }
  }

  /** Takes over the outcome of a reset. */
  #begin(row: number): void {
    this.rewards[row] = 0;
    const at = this.#load(this.#envs.signals, row, this.signals);
    this.signals.fill(0, at, (row + 1) * this.signalNames.length);
    this.#beginEpisode(row);
  }

  #beginEpisode(row: number): void {
    this.#steps[row] = 0;
    this.#ended[row] = 0;
    this.#load(this.#envs.startSignals, row, this.startSignals);
    const known = !this.#values.some(Number.isNaN);
    for (let i = 0; i < this.#terms.length; i++) {
      const term = this.#terms[i];
      if (!term.isPotential) continue;
      if (!known) this.#requireStartSignals(term, row);
      this.#potentials[row * this.#terms.length + i] = this.#valueOf(term, row);
    }
  }

  /** Copies a row of the environments' signals to where the terms read it, and to ours; returns where that ends. */
  #load(from: Float64Array, row: number, to: Float64Array): number {
    const values = this.#values;
    const start = row * this.signalNames.length;
    for (let i = 0, at = row * values.length; i < values.length; i++, at++) {
      values[i] = from[at];
      to[start + i] = from[at];
    }
    return start + values.length;
  }

  #valueOf(term: Term, row: number): number {
    const value = term.evaluate(this.#values);
    if (!Number.isFinite(value)) this.#refuse(term, row, value);
    return value;
  }

  #refuse({ name, source }: Term, row: number, value: number): never {
    const values = this.#envs.signalNames.map((signal, i) => `${signal} = ${this.#values[i]}`);
    throw new UserError(
      `The shaping term '${name}' gave ${value} in environment ${row}, at step ${this.#steps[row]} of an episode, ` +
        `expected a finite number.\n  ${source}\n  with ${values.join(', ')}\n` +
        'Guard the expression, as in log(max(x, 1e-8)) or sqrt(max(x, 0)).',
    );
  }

  /** A comparison with NaN gives a finite value all the same, so it is the signals that are checked. */
  #requireStartSignals({ name, source, evaluate }: Term, row: number): void {
    const missing = indicesRead(evaluate, this.#values).filter((i) => Number.isNaN(this.#values[i]));
    if (missing.length === 0) return;
    const names = missing.map((i) => `'${this.#envs.signalNames[i]}'`).join(', ');
    throw new UserError(
      `The shaping term '${name}' is a potential over ${names}, which environment ${row} does not tell at the start ` +
        `of an episode.\n  ${source}\n` +
        'The difference of potentials in the first step needs it: publish it in the info of reset() too.',
    );
  }

  getState(): VectorEnvState {
    const { complete, state } = this.#envs.getState();
    const shaped: ShapedState = {
      envs: state,
      potentials: bytesOf(this.#potentials).toString('base64'),
      steps: Array.from(this.#steps),
      ended: Array.from(this.#ended),
    };
    return { complete, state: shaped };
  }

  setState({ complete, state }: VectorEnvState): void | Promise<void> {
    const saved = state as ShapedState;
    return after(this.#envs.setState({ complete, state: saved.envs }), () => {
      // What could not tell its state has begun fresh episodes.
      if (!complete) return this.#beginRows();
      bytesOf(this.#potentials).set(Buffer.from(saved.potentials, 'base64'));
      this.#steps.set(saved.steps);
      this.#ended.set(saved.ended);
    });
  }

  close(): void | Promise<void> {
    return this.#envs.close();
  }
}

function compileTerm(term: ShapingTerm, index: number, signalNames: readonly string[]): Term {
  const kind = term.potential === undefined ? 'expression' : 'potential';
  // The schema lets through terms with one of the two only.
  const source = term[kind]!;
  return {
    name: term.name,
    weight: term.weight,
    source,
    evaluate: compileExpression(source, signalNames, `shaping.terms[${index}].${kind}`),
    isPotential: kind === 'potential',
  };
}

/** Which of the values an expression looks at: not always all it speaks of, as in `known ? x : 0`. */
function indicesRead(evaluate: CompiledExpression, values: Float64Array): number[] {
  const read = new Set<number>();
  const get = (target: Float64Array, key: string | symbol) => {
    read.add(Number(key));
    return target[Number(key)];
  };
  evaluate(new Proxy(values, { get }));
  return [...read];
}

function after(done: void | Promise<void>, act: () => void): void | Promise<void> {
  return done instanceof Promise ? done.then(act) : act();
}

function bytesOf(values: Float64Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
