import type { ReplayBuffer } from '../algorithms/replay.ts';
import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { actionToRow } from '../core/spaces/action-row.ts';
import type { VectorEnv, VectorEnvState } from '../core/vector-env.ts';
import { Exploration, type ExplorationState } from '../policy/exploration.ts';
import { RewardNormaliser } from '../policy/normalisers.ts';
import type { Policy } from '../policy/policy.ts';
import { EpisodeWindow, type EpisodeWindowState } from './episodes.ts';

export interface ReplayCollectorState {
  envs: VectorEnvState;
  episodes: EpisodeWindowState;
  episodeReturns: number[];
  episodeLengths: number[];
  discountedReturns: number[] | undefined;
  exploration: ExplorationState | undefined;
}

/**
 * Lets a policy act in a batch of environments, step by step, and puts what it experiences into a replay buffer.
 *
 * The environments must be in same-step autoreset: the last observation of an episode is then kept, which is what its
 * last action led to.
 */
export class ReplayCollector {
  readonly episodes = new EpisodeWindow();
  /** Mean over the steps since `restartMeans` of each signal the environments publish. */
  readonly signalMeans: Float64Array;
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #buffer: ReplayBuffer;
  readonly #random: Random;
  readonly #exploration: Exploration;
  readonly #noiseSteps: number;
  readonly #rewardNormaliser: RewardNormaliser | undefined;
  readonly #episodeReturns: Float64Array;
  readonly #episodeLengths: Int32Array;
  readonly #observations: Float32Array;
  readonly #normalised: Float32Array;
  readonly #stored: Float32Array;
  readonly #actions: Float32Array;
  readonly #scaledRewards: Float64Array;
  #meanSteps = 0;

  /** @param options.random samples the actions */
  constructor(envs: VectorEnv, policy: Policy, options: { buffer: ReplayBuffer; gamma: number; random: Random }) {
    if (envs.autoreset !== 'same-step') {
      throw new UserError(`Training needs environments in 'same-step' autoreset, these are in '${envs.autoreset}'.`);
    }
    const { numEnvs, observationSize, actionSize } = envs;
    this.#envs = envs;
    this.#policy = policy;
    this.#buffer = options.buffer;
    this.#random = options.random;
    this.#noiseSteps = policy.config.noiseSteps;
    this.#exploration = new Exploration(policy.distribution, numEnvs, this.#noiseSteps, options.random);
    this.#rewardNormaliser = policy.returnMoments && new RewardNormaliser(policy.returnMoments, numEnvs, options.gamma);
    this.signalMeans = new Float64Array(envs.signalNames.length);
    this.#episodeReturns = new Float64Array(numEnvs);
    this.#episodeLengths = new Int32Array(numEnvs);
    this.#observations = new Float32Array(numEnvs * observationSize);
    this.#normalised = new Float32Array(numEnvs * observationSize);
    this.#stored = new Float32Array(policy.distribution.actionSize);
    this.#actions = new Float32Array(numEnvs * actionSize);
    this.#scaledRewards = new Float64Array(numEnvs);
  }

  restartMeans(): void {
    this.signalMeans.fill(0);
    this.#meanSteps = 0;
  }

  /** The policy has learned something: noise that was to last until then is drawn anew. */
  renewNoise(): void {
    if (this.#noiseSteps === 0) this.#exploration.restart();
  }

  /** One step of every environment. @param atRandom by actions drawn from all of the action space */
  async step(atRandom: boolean): Promise<void> {
    const { numEnvs, observations } = this.#envs;
    this.#observations.set(observations);
    this.#policy.observationNormaliser?.update(observations, numEnvs);
    if (atRandom) this.#drawActions();
    else this.#act();
    await this.#envs.step(this.#actions);
    this.#record();
  }

  #drawActions(): void {
    const { actionSpace, numEnvs, actionSize } = this.#envs;
    for (let i = 0; i < numEnvs; i++) {
      actionToRow(actionSpace, actionSpace.sample(this.#random), this.#actions, i * actionSize);
    }
  }

  #act(): void {
    const policy = this.#policy;
    const { actor, distribution } = policy;
    const { numEnvs, actionSize } = this.#envs;
    policy.normalise(this.#observations, numEnvs, this.#normalised);
    policy.loadRows(this.#normalised, 0, numEnvs);
    actor.forward(numEnvs);
    for (let i = 0; i < numEnvs; i++) {
      this.#exploration.sample(i, actor.outputs, i * actor.outputStride, this.#stored, 0);
      distribution.toEnvironment(this.#stored, 0, this.#actions, i * actionSize);
    }
  }

  #record(): void {
    const { signalMeans } = this;
    const { numEnvs, observationSize, actionSize, rewards, terminated, truncated, signals } = this.#envs;
    const { observations, finalObservations } = this.#envs;
    const width = signalMeans.length;
    // Only measured here: what is drawn from the buffer is scaled by what is known then.
    this.#rewardNormaliser?.normalise(rewards, terminated, truncated, this.#scaledRewards, 0);
    for (let i = 0; i < numEnvs; i++) {
      const ended = terminated[i] === 1 || truncated[i] === 1;
      const at = i * observationSize;
      const next = ended ? finalObservations : observations;
      this.#buffer.add(this.#observations, at, this.#actions, i * actionSize, rewards[i], terminated[i], next, at);
      this.#episodeReturns[i] += rewards[i];
      this.#episodeLengths[i]++;
      this.#meanSteps++;
      for (let j = 0; j < width; j++) signalMeans[j] += (signals[i * width + j] - signalMeans[j]) / this.#meanSteps;
      if (!ended) continue;
      this.episodes.add(this.#episodeReturns[i], this.#episodeLengths[i]);
      this.#episodeReturns[i] = 0;
      this.#episodeLengths[i] = 0;
    }
  }

  getState(): ReplayCollectorState {
    return {
      envs: this.#envs.getState(),
      episodes: this.episodes.getState(),
      episodeReturns: [...this.#episodeReturns],
      episodeLengths: [...this.#episodeLengths],
      discountedReturns: this.#rewardNormaliser?.getState(),
      exploration: this.#exploration.getState(),
    };
  }

  async setState(state: ReplayCollectorState): Promise<void> {
    await this.#envs.setState(state.envs);
    this.episodes.setState(state.episodes);
    this.#episodeReturns.set(state.episodeReturns);
    this.#episodeLengths.set(state.episodeLengths);
    this.#exploration.setState(state.exploration);
    if (state.discountedReturns) this.#rewardNormaliser?.setState(state.discountedReturns);
  }
}
