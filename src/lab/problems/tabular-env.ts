import { Random, type RandomState } from '../../core/random.ts';
import type { RowEnv } from '../../core/row-env.ts';
import { Discrete } from '../../core/spaces/discrete.ts';
import { SyncVectorEnv } from '../../core/sync-vector-env.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { type Policy, type PolicyConfig, policyDefaults } from '../../policy/policy.ts';
import { drawn, softmaxPolicy, type TabularPolicy } from './tabular-mdp.ts';

/** A tabular process as an environment: the state is observed one-hot, rewards are the means plus normal noise. */
export class TabularEnv implements RowEnv {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  readonly observationSize: number;
  readonly actionSize = 1;
  readonly signalNames: readonly string[] = [];
  readonly signals = new Float64Array(0);
  readonly truncated = false;
  reward = 0;
  terminated = false;
  readonly #mdp: TabularMdp;
  readonly #noise: number;
  readonly #random = new Random(0);
  #state = 0;

  /** @param noise standard deviation added to every reward */
  constructor(mdp: TabularMdp, noise = 0) {
    this.#mdp = mdp;
    this.#noise = noise;
    this.observationSpace = new Discrete(mdp.states);
    this.actionSpace = new Discrete(mdp.actions);
    this.observationSize = mdp.states;
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#state = drawn(this.#mdp.start, 0, this.#mdp.states, this.#random);
    this.#observe(observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const { states, actions, transitions, rewards, terminal } = this.#mdp;
    const at = this.#state * actions + action[0];
    this.reward = this.#noise > 0 ? rewards[at] + this.#noise * this.#random.normal() : rewards[at];
    this.#state = drawn(transitions, at * states, states, this.#random);
    this.terminated = terminal[this.#state] === 1;
    this.#observe(observation);
  }

  #observe(observation: Float32Array): void {
    observation.fill(0);
    observation[this.#state] = 1;
  }

  getState(): { random: RandomState; state: number } {
    return { random: this.#random.getState(), state: this.#state };
  }

  setState({ random, state }: { random: RandomState; state: number }): void {
    this.#random.setState(random);
    this.#state = state;
  }
}

export interface TabularEnvsOptions {
  numEnvs: number;
  maxEpisodeSteps?: number;
  /** Standard deviation added to every reward. */
  noise?: number;
  seed: number;
}

/** A batch of them, seeded and ready to be stepped. */
export function tabularEnvs(mdp: TabularMdp, options: TabularEnvsOptions): SyncVectorEnv {
  const { numEnvs, maxEpisodeSteps, noise, seed } = options;
  const envs = new SyncVectorEnv(() => new TabularEnv(mdp, noise), numEnvs, { maxEpisodeSteps, name: 'tabular' });
  envs.reset({ seed });
  return envs;
}

/** A policy without hidden layers: one logit a state and action, one value a state. */
export const TABULAR_POLICY: PolicyConfig = { ...policyDefaults, hidden: [] };

/** pi(a|s) of a policy that observes states one-hot. */
export function policyTable(policy: Policy, { states, actions }: TabularMdp): TabularPolicy {
  const { actor } = policy;
  const logits = new Float64Array(states * actions);
  const observation = new Float32Array(states);
  for (let s = 0; s < states; s++) {
    observation.fill(0);
    observation[s] = 1;
    policy.loadRows(observation, 0, 1);
    actor.forward(1);
    for (let a = 0; a < actions; a++) logits[s * actions + a] = actor.outputs[a];
  }
  return softmaxPolicy(logits, actions);
}
