import type { EnvState } from '../src/core/env.ts';
import { UserError } from '../src/core/errors.ts';
import type { RowEnv } from '../src/core/row-env.ts';
import type { Space } from '../src/core/spaces/space.ts';
import { type CompiledExpression, compileExpression } from './expression.ts';
import type { Shaping, ShapingTerm } from './schema.ts';

/** The signal under which a shaped environment publishes the reward it got from the environment itself. */
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
  env: EnvState;
  potentials: number[];
  signals: number[];
  reward: number;
  step: number;
}

/**
 * An environment whose reward is a weighted sum: its own, and terms over the signals it publishes.
 *
 * An `expression` term adds its value after the step. A `potential` term phi adds gamma * phi(s') - phi(s), where
 * phi(s') counts as 0 if s' is terminal; it changes how fast a policy is learned but not which one is best
 * (Ng, Harada and Russell 1999, theorem 1). A truncated episode could have gone on, so there phi(s') counts.
 *
 * The parts of the sum are published as signals: `reward/raw` (not weighted) and `shaping/<name>` for each term.
 *
 * @param gamma discount under which the policy is trained
 * @throws UserError for an expression that does not compile; when stepping, for a term that is not finite
 */
export function shapeRewards(env: RowEnv, shaping: Shaping, gamma: number): RowEnv {
  const plain = shaping.reward === 1 && shaping.terms.length === 0;
  return plain ? env : new ShapedEnv(env, shaping, gamma);
}

class ShapedEnv implements RowEnv {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames: readonly string[];
  readonly signals: Float64Array;
  readonly getState?: () => EnvState;
  readonly setState?: (state: EnvState) => void;
  reward = 0;

  readonly #env: RowEnv;
  readonly #gamma: number;
  readonly #rewardWeight: number;
  readonly #terms: readonly Term[];
  /** phi(s) of each term, unused for those that are no potentials. */
  readonly #potentials: Float64Array;
  #step = 0;

  constructor(env: RowEnv, shaping: Shaping, gamma: number) {
    this.#env = env;
    this.#gamma = gamma;
    this.#rewardWeight = shaping.reward;
    this.#terms = shaping.terms.map((term, index) => compileTerm(term, index, env.signalNames));
    this.#potentials = new Float64Array(this.#terms.length);
    this.observationSpace = env.observationSpace;
    this.actionSpace = env.actionSpace;
    this.observationSize = env.observationSize;
    this.actionSize = env.actionSize;
    this.signalNames = [...env.signalNames, RAW_REWARD, ...shaping.terms.map(({ name }) => termSignal(name))];
    this.signals = new Float64Array(this.signalNames.length);
    if (env.getState && env.setState) {
      this.getState = () => this.#getState();
      this.setState = (state) => this.#setState(state as ShapedState);
    }
  }

  get terminated(): boolean {
    return this.#env.terminated;
  }

  get truncated(): boolean {
    return this.#env.truncated;
  }

  get actionMask(): Uint8Array | undefined {
    return this.#env.actionMask;
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    this.#env.reset(seed, observation);
    this.reward = 0;
    this.#step = 0;
    this.signals.fill(0);
    this.signals.set(this.#env.signals);
    for (let i = 0; i < this.#terms.length; i++) {
      if (this.#terms[i].isPotential) this.#potentials[i] = this.#valueOf(i);
    }
  }

  step(action: Float32Array, observation: Float32Array): void {
    const env = this.#env;
    const { signals } = this;
    const gamma = this.#gamma;
    env.step(action, observation);
    this.#step++;

    const published = env.signals;
    let at = published.length;
    for (let i = 0; i < at; i++) signals[i] = published[i];
    signals[at++] = env.reward;
    let reward = this.#rewardWeight * env.reward;
    for (let i = 0; i < this.#terms.length; i++) {
      const { isPotential, weight } = this.#terms[i];
      let value = 0;
      if (!isPotential) {
        value = this.#valueOf(i);
      } else {
        const potential = env.terminated ? 0 : this.#valueOf(i);
        value = gamma * potential - this.#potentials[i];
        this.#potentials[i] = potential;
      }
      signals[at++] = weight * value;
      reward += weight * value;
    }
    this.reward = reward;
  }

  close(): void {
    this.#env.close?.();
  }

  #valueOf(index: number): number {
    const value = this.#terms[index].evaluate(this.#env.signals);
    if (!Number.isFinite(value)) this.#refuse(this.#terms[index], value);
    return value;
  }

  #refuse({ name, source }: Term, value: number): never {
    const { signalNames, signals } = this.#env;
    const values = signalNames.map((signal, i) => `${signal} = ${signals[i]}`);
    throw new UserError(
      `The shaping term '${name}' gave ${value} at step ${this.#step} of an episode, expected a finite number.\n` +
        `  ${source}\n  with ${values.join(', ')}\n` +
        'Guard the expression, as in log(max(x, 1e-8)) or sqrt(max(x, 0)).',
    );
  }

  #getState(): ShapedState {
    return {
      env: this.#env.getState!(),
      potentials: [...this.#potentials],
      signals: [...this.signals],
      reward: this.reward,
      step: this.#step,
    };
  }

  #setState(state: ShapedState): void {
    this.#env.setState!(state.env);
    this.#potentials.set(state.potentials);
    this.signals.set(state.signals);
    this.reward = state.reward;
    this.#step = state.step;
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
