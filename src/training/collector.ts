import { createRollout, type Rollout, type RolloutShape, type Tape } from '../algorithms/rollout.ts';
import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { EnvGroup, VectorEnv, VectorEnvState } from '../core/vector-env.ts';
import type { Reparameterised } from '../policy/distributions/reparameterised.ts';
import { Exploration } from '../policy/exploration.ts';
import { type ObservationNormaliser, RewardNormaliser } from '../policy/normalisers.ts';
import type { Policy } from '../policy/policy.ts';
import { EpisodeWindow, type EpisodeWindowState } from './episodes.ts';

export interface CollectorState {
  envs: VectorEnvState;
  episodes: EpisodeWindowState;
  episodeReturns: number[];
  episodeLengths: number[];
  discountedReturns: number[] | undefined;
  /** What the policy remembers of the episodes at hand. */
  policyStates: number[];
}

export interface CollectorOptions {
  /** Steps of each environment in a rollout. */
  steps: number;
  gamma: number;
  /** Samples the actions. */
  random: Random;
  /** Keep the observations that V must be worked out of anew, see `Rollout.tails`. Default false. */
  keepTails?: boolean;
  /** Is written along, so that the rollout can be differentiated; with tails. */
  tape?: Tape;
  /** Learns from the observations seen. Default: the policy's own normaliser, which then changes from step to step. */
  observed?: ObservationNormaliser;
  /** Rollouts there is room for, in memory that several threads can have. Default: one, of this thread's own. */
  sharedSlots?: number;
}

/**
 * Lets a policy act in a batch of environments and writes down what it experiences. Episodes run on across rollouts.
 *
 * The environments must be in same-step autoreset: after an episode's end the next one starts at once, and the last
 * observation is kept, from which a truncated step bootstraps.
 */
export class Collector {
  /** Where rollouts are written to. */
  readonly slots: readonly Rollout[];
  /** The last rollout, or the one under way. */
  rollout: Rollout;
  readonly episodes = new EpisodeWindow();
  /** Mean over the last rollout of each signal the environments publish. */
  readonly signalMeans: Float64Array;
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #random: Random;
  readonly #exploration: Exploration;
  readonly #observed: ObservationNormaliser | undefined;
  readonly #tape: Tape | undefined;
  readonly #rewardNormaliser: RewardNormaliser | undefined;
  readonly #episodeReturns: Float64Array;
  readonly #episodeLengths: Int32Array;
  /** Normalised observations of the step at hand, numEnvs x observationSize. */
  readonly #observations: Float32Array;
  readonly #finalObservations: Float32Array;
  /** What the policy remembers of each environment's episode, numEnvs x stateSize. */
  readonly #states: Float32Array;
  readonly #environmentActions: Float32Array;

  constructor(envs: VectorEnv, policy: Policy, options: CollectorOptions) {
    if (envs.autoreset !== 'same-step') {
      throw new UserError(`Training needs environments in 'same-step' autoreset, these are in '${envs.autoreset}'.`);
    }
    const { numEnvs } = envs;
    const { distribution, observationSize, stateSize } = policy;
    this.#envs = envs;
    this.#policy = policy;
    this.#random = options.random;
    this.#tape = options.tape;
    this.#exploration = new Exploration(distribution, numEnvs, policy.config.noiseSteps, options.random);
    this.#observed = options.observed ?? policy.observationNormaliser;
    const shape: RolloutShape = {
      steps: options.steps,
      numEnvs,
      observationSize,
      actionSize: distribution.actionSize,
      maskSize: envs.actionMasks ? policy.maskSize : 0,
      keepTails: options.keepTails,
      stateSize,
      shared: options.sharedSlots !== undefined,
    };
    this.slots = Array.from({ length: options.sharedSlots ?? 1 }, () => createRollout(shape));
    [this.rollout] = this.slots;
    this.#rewardNormaliser = policy.returnMoments && new RewardNormaliser(policy.returnMoments, numEnvs, options.gamma);
    this.signalMeans = new Float64Array(envs.signalNames.length);
    this.#episodeReturns = new Float64Array(numEnvs);
    this.#episodeLengths = new Int32Array(numEnvs);
    this.#observations = new Float32Array(numEnvs * observationSize);
    this.#finalObservations = new Float32Array(numEnvs * observationSize);
    this.#states = policy.initialState(numEnvs);
    this.#environmentActions = new Float32Array(numEnvs * distribution.environmentActionSize);
  }

  /**
   * Groups of environments take turns: while one is stepped elsewhere, the policy acts for another.
   * @param slot that the rollout is written to
   */
  async collect(slot = 0): Promise<Rollout> {
    const rollout = this.slots[slot];
    this.rollout = rollout;
    const { steps } = rollout;
    const { groups } = this.#envs;
    const pending: (void | Promise<void>)[] = new Array(groups.length).fill(undefined);
    this.signalMeans.fill(0);
    this.#exploration.restart();
    if (rollout.tails) rollout.tails.count = 0;
    for (let t = 0; t <= steps; t++) {
      for (let g = 0; g < groups.length; g++) {
        const group = groups[g];
        if (pending[g] !== undefined) await pending[g];
        if (t > 0) this.#record(t - 1, group);
        if (t === steps) continue;
        this.#observe(group, true);
        this.#act(t, group);
        pending[g] = this.#envs.step(this.#environmentActions, group);
        // A failure is told when the group's turn comes; until then nobody waits for it.
        pending[g]?.catch(() => {});
      }
    }
    this.#fillNextValues();
    return rollout;
  }

  /** Loads a group's observations, normalised, and what is remembered into the first rows of the networks. */
  #observe({ start, count }: EnvGroup, updateNormaliser: boolean): void {
    const policy = this.#policy;
    const { observationSize } = policy;
    const whole = count === this.#envs.numEnvs;
    const raw = whole ? this.#envs.observations : rowsOf(this.#envs.observations, start, count, observationSize);
    const normalised = whole ? this.#observations : rowsOf(this.#observations, start, count, observationSize);
    if (updateNormaliser) this.#observed?.update(raw, count);
    policy.normalise(raw, count, normalised);
    policy.loadRows(this.#observations, start, count);
    for (let i = 0; i < count; i++) policy.loadState(this.#states, start + i, i);
  }

  #act(t: number, { start, count }: EnvGroup): void {
    const policy = this.#policy;
    const { actor, critic, distribution, observationSize, stateSize, maskSize } = policy;
    const { observations, states, actions, logProbs, values, masks } = this.rollout;
    const { numEnvs, actionMasks } = this.#envs;
    const at = t * numEnvs + start;
    actor.forward(count);
    critic.forward(count);
    for (let k = 0; k < count * observationSize; k++) {
      observations[at * observationSize + k] = this.#observations[start * observationSize + k];
    }
    for (let k = 0; k < count * stateSize; k++) states[at * stateSize + k] = this.#states[start * stateSize + k];
    if (masks && actionMasks) {
      for (let k = 0; k < count * maskSize; k++) masks[at * maskSize + k] = actionMasks[start * maskSize + k];
    }
    for (let i = 0; i < count; i++) {
      const parametersAt = i * actor.outputStride;
      const actionAt = (at + i) * distribution.actionSize;
      if (masks) distribution.setMask?.(masks, (at + i) * maskSize);
      if (this.#tape) this.#transform(this.#tape, at + i, start + i, i);
      else {
        this.#exploration.sample(start + i, actor.outputs, parametersAt, actions, actionAt);
        distribution.evaluate(actor.outputs, parametersAt, actions, actionAt);
      }
      const environmentAt = (start + i) * distribution.environmentActionSize;
      distribution.toEnvironment(actions, actionAt, this.#environmentActions, environmentAt);
      if (this.#tape)
        copyRow(this.#environmentActions, start + i, this.#tape.actions, at + i, distribution.environmentActionSize);
      logProbs[at + i] = distribution.logProb;
      values[at + i] = critic.outputs[i * critic.outputStride];
      policy.saveState(i, this.#states, start + i);
    }
    if (masks) distribution.setMask?.(undefined, 0);
  }

  /** Samples the action of an entry from noise that is kept, and keeps the state it is taken in. */
  #transform({ derivatives, states, noises }: Tape, entry: number, env: number, row: number): void {
    const { actor, distribution } = this.#policy;
    const { noiseSize, actionSize } = distribution as Reparameterised;
    const { actions } = this.rollout;
    derivatives[env].writeState(states, entry * derivatives[env].stateSize);
    const noiseAt = entry * noiseSize;
    for (let k = 0; k < noiseSize; k++) noises[noiseAt + k] = this.#random.normal();
    const at = row * actor.outputStride;
    (distribution as Reparameterised).transform(actor.outputs, at, noises, noiseAt, actions, entry * actionSize);
  }

  #record(t: number, { start, count }: EnvGroup): void {
    const { rollout, signalMeans } = this;
    const { numEnvs, rewards, terminated, truncated, signals } = this.#envs;
    const at = t * numEnvs;
    for (let i = start; i < start + count; i++) {
      rollout.terminated[at + i] = terminated[i];
      rollout.truncated[at + i] = truncated[i];
      rollout.rewards[at + i] = rewards[i];
    }
    this.#rewardNormaliser?.normalise(rewards, terminated, truncated, rollout.rewards, at, start, count);
    for (let i = start; i < start + count; i++) {
      this.#episodeReturns[i] += rewards[i];
      this.#episodeLengths[i]++;
      if (terminated[i] || truncated[i]) {
        if (!terminated[i]) rollout.nextValues[at + i] = this.#valueOfFinalObservation(i, at + i);
        this.#forget(i);
        this.episodes.add(this.#episodeReturns[i], this.#episodeLengths[i]);
        this.#episodeReturns[i] = 0;
        this.#episodeLengths[i] = 0;
      }
    }
    const width = signalMeans.length;
    for (let k = start * width; k < (start + count) * width; k++) signalMeans[k % width] += signals[k] / rollout.size;
  }

  #valueOfFinalObservation(env: number, entry: number): number {
    const policy = this.#policy;
    const { observationSize, critic } = policy;
    const row = this.#finalObservations;
    for (let i = 0; i < observationSize; i++) row[i] = this.#envs.finalObservations[env * observationSize + i];
    policy.normalise(row, 1, row);
    policy.loadRows(row, 0, 1);
    this.#keepTail(entry, row, 0);
    this.#keepTailState(env, true);
    policy.loadState(this.#states, env, 0);
    critic.forward(1);
    return critic.outputs[0];
  }

  #forget(env: number): void {
    const { stateSize } = this.#policy;
    this.#states.fill(0, env * stateSize, (env + 1) * stateSize);
  }

  /** Where an episode went on, the next value is that of the next step; truncated steps have theirs already. */
  #fillNextValues(): void {
    const { critic } = this.#policy;
    this.#observe({ start: 0, count: this.#envs.numEnvs }, false);
    const { steps, numEnvs, values, nextValues, terminated, truncated } = this.rollout;
    critic.forward(numEnvs);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < numEnvs; i++) {
        const at = t * numEnvs + i;
        if (terminated[at] || truncated[at]) continue;
        if (t + 1 === steps) {
          this.#keepTail(at, this.#observations, i);
          this.#keepTailState(i, false);
        }
        nextValues[at] = t + 1 < steps ? values[at + numEnvs] : critic.outputs[i * critic.outputStride];
      }
    }
  }

  #keepTail(entry: number, observations: Float32Array, row: number): void {
    const { tails } = this.rollout;
    if (tails === undefined) return;
    const { observationSize } = this.#policy;
    tails.entries[tails.count] = entry;
    copyRow(observations, row, tails.observations, tails.count, observationSize);
    tails.count++;
  }

  /** Of the tail just kept: the last state of an episode that has ended, or the one at hand. */
  #keepTailState(env: number, ended: boolean): void {
    const tape = this.#tape;
    const { differentiable } = this.#envs;
    if (tape === undefined || differentiable === undefined) return;
    const row = this.rollout.tails!.count - 1;
    const { stateSize } = tape.derivatives[env];
    if (ended) copyRow(differentiable.finalStates, env, tape.tailStates, row, stateSize);
    else tape.derivatives[env].writeState(tape.tailStates, row * stateSize);
  }

  getState(): CollectorState {
    return {
      envs: this.#envs.getState(),
      episodes: this.episodes.getState(),
      episodeReturns: [...this.#episodeReturns],
      episodeLengths: [...this.#episodeLengths],
      discountedReturns: this.#rewardNormaliser?.getState(),
      policyStates: [...this.#states],
    };
  }

  async setState(state: CollectorState): Promise<void> {
    await this.#envs.setState(state.envs);
    this.episodes.setState(state.episodes);
    this.#episodeReturns.set(state.episodeReturns);
    this.#episodeLengths.set(state.episodeLengths);
    this.#states.set(state.policyStates);
    if (state.discountedReturns) this.#rewardNormaliser?.setState(state.discountedReturns);
  }
}

function copyRow<T extends Float32Array | Float64Array>(from: T, fromRow: number, to: T, toRow: number, size: number) {
  for (let k = 0; k < size; k++) to[toRow * size + k] = from[fromRow * size + k];
}

function rowsOf(block: Float32Array, start: number, count: number, size: number): Float32Array {
  return block.subarray(start * size, (start + count) * size);
}
