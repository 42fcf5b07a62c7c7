import { createRollout, type Rollout } from '../algorithms/rollout.ts';
import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { VectorEnv, VectorEnvState } from '../core/vector-env.ts';
import { RewardNormaliser } from '../policy/normalisers.ts';
import type { Policy } from '../policy/policy.ts';
import { EpisodeWindow, type EpisodeWindowState } from './episodes.ts';

export interface CollectorState {
  envs: VectorEnvState;
  episodes: EpisodeWindowState;
  episodeReturns: number[];
  episodeLengths: number[];
  discountedReturns: number[] | undefined;
}

/**
 * Lets a policy act in a batch of environments and writes down what it experiences. Episodes run on across rollouts.
 *
 * The environments must be in same-step autoreset: after an episode's end the next one starts at once, and the last
 * observation is kept, from which a truncated step bootstraps.
 */
export class Collector {
  readonly rollout: Rollout;
  readonly episodes = new EpisodeWindow();
  /** Mean over the last rollout of each signal the environments publish. */
  readonly signalMeans: Float64Array;
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #random: Random;
  readonly #rewardNormaliser: RewardNormaliser | undefined;
  readonly #episodeReturns: Float64Array;
  readonly #episodeLengths: Int32Array;
  /** Normalised observations of the step at hand, numEnvs x observationSize. */
  readonly #observations: Float32Array;
  readonly #finalObservations: Float32Array;
  readonly #environmentActions: Float32Array;

  /** @param random samples the actions */
  constructor(envs: VectorEnv, policy: Policy, options: { steps: number; gamma: number; random: Random }) {
    if (envs.autoreset !== 'same-step') {
      throw new UserError(`Training needs environments in 'same-step' autoreset, these are in '${envs.autoreset}'.`);
    }
    const { numEnvs } = envs;
    const { distribution, observationSize } = policy;
    this.#envs = envs;
    this.#policy = policy;
    this.#random = options.random;
    this.rollout = createRollout({
      steps: options.steps,
      numEnvs,
      observationSize,
      actionSize: distribution.actionSize,
      maskSize: envs.actionMasks ? policy.maskSize : 0,
    });
    this.#rewardNormaliser = policy.returnMoments && new RewardNormaliser(policy.returnMoments, numEnvs, options.gamma);
    this.signalMeans = new Float64Array(envs.signalNames.length);
    this.#episodeReturns = new Float64Array(numEnvs);
    this.#episodeLengths = new Int32Array(numEnvs);
    this.#observations = new Float32Array(numEnvs * observationSize);
    this.#finalObservations = new Float32Array(numEnvs * observationSize);
    this.#environmentActions = new Float32Array(numEnvs * distribution.environmentActionSize);
  }

  async collect(): Promise<Rollout> {
    const { rollout } = this;
    const { steps, numEnvs } = rollout;
    this.signalMeans.fill(0);
    for (let t = 0; t < steps; t++) {
      const at = t * numEnvs;
      this.#observe();
      this.#act(at);
      const pending = this.#envs.step(this.#environmentActions);
      if (pending !== undefined) await pending;
      this.#record(at);
    }
    this.#observe(false);
    this.#fillNextValues();
    return rollout;
  }

  /** Loads the current observations, normalised, into the networks. */
  #observe(updateNormaliser = true): void {
    const policy = this.#policy;
    const { numEnvs, observations } = this.#envs;
    if (updateNormaliser) policy.observationNormaliser?.update(observations, numEnvs);
    policy.normalise(observations, numEnvs, this.#observations);
    for (let i = 0; i < numEnvs; i++) policy.loadRow(this.#observations, i, i);
  }

  #act(at: number): void {
    const { actor, critic, distribution, observationSize, maskSize } = this.#policy;
    const { observations, actions, logProbs, values, masks } = this.rollout;
    const { numEnvs, actionMasks } = this.#envs;
    actor.forward(numEnvs);
    critic.forward(numEnvs);
    observations.set(this.#observations, at * observationSize);
    if (masks && actionMasks) masks.set(actionMasks, at * maskSize);
    for (let i = 0; i < numEnvs; i++) {
      const parametersAt = i * actor.outputStride;
      const actionAt = (at + i) * distribution.actionSize;
      if (masks) distribution.setMask?.(masks, (at + i) * maskSize);
      distribution.sample(actor.outputs, parametersAt, this.#random, actions, actionAt);
      distribution.evaluate(actor.outputs, parametersAt, actions, actionAt);
      distribution.toEnvironment(actions, actionAt, this.#environmentActions, i * distribution.environmentActionSize);
      logProbs[at + i] = distribution.logProb;
      values[at + i] = critic.outputs[i * critic.outputStride];
    }
    if (masks) distribution.setMask?.(undefined, 0);
  }

  #record(at: number): void {
    const { rollout, signalMeans } = this;
    const { numEnvs, rewards, terminated, truncated, signals } = this.#envs;
    rollout.terminated.set(terminated, at);
    rollout.truncated.set(truncated, at);
    if (this.#rewardNormaliser) {
      this.#rewardNormaliser.normalise(rewards, terminated, truncated, rollout.rewards, at);
    } else {
      rollout.rewards.set(rewards, at);
    }
    for (let i = 0; i < numEnvs; i++) {
      this.#episodeReturns[i] += rewards[i];
      this.#episodeLengths[i]++;
      if (terminated[i] || truncated[i]) {
        if (!terminated[i]) rollout.nextValues[at + i] = this.#valueOfFinalObservation(i);
        this.episodes.add(this.#episodeReturns[i], this.#episodeLengths[i]);
        this.#episodeReturns[i] = 0;
        this.#episodeLengths[i] = 0;
      }
    }
    const width = signalMeans.length;
    for (let k = 0; k < numEnvs * width; k++) signalMeans[k % width] += signals[k] / rollout.size;
  }

  #valueOfFinalObservation(env: number): number {
    const policy = this.#policy;
    const { observationSize, critic } = policy;
    const row = this.#finalObservations;
    for (let i = 0; i < observationSize; i++) row[i] = this.#envs.finalObservations[env * observationSize + i];
    policy.normalise(row, 1, row);
    policy.loadRow(row, 0, 0);
    critic.forward(1);
    return critic.outputs[0];
  }

  /** Where an episode went on, the next value is that of the next step; truncated steps have theirs already. */
  #fillNextValues(): void {
    const { critic } = this.#policy;
    const { steps, numEnvs, values, nextValues, terminated, truncated } = this.rollout;
    critic.forward(numEnvs);
    for (let t = 0; t < steps; t++) {
      for (let i = 0; i < numEnvs; i++) {
        const at = t * numEnvs + i;
        if (terminated[at] || truncated[at]) continue;
        nextValues[at] = t + 1 < steps ? values[at + numEnvs] : critic.outputs[i * critic.outputStride];
      }
    }
  }

  getState(): CollectorState {
    return {
      envs: this.#envs.getState(),
      episodes: this.episodes.getState(),
      episodeReturns: [...this.#episodeReturns],
      episodeLengths: [...this.#episodeLengths],
      discountedReturns: this.#rewardNormaliser?.getState(),
    };
  }

  setState(state: CollectorState): void {
    this.#envs.setState(state.envs);
    this.episodes.setState(state.episodes);
    this.#episodeReturns.set(state.episodeReturns);
    this.#episodeLengths.set(state.episodeLengths);
    if (state.discountedReturns) this.#rewardNormaliser?.setState(state.discountedReturns);
  }
}
