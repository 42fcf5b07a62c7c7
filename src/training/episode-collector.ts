import type { EpisodeBatch } from '../algorithms/episode-batch.ts';
import { UserError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { VectorEnv, VectorEnvState } from '../core/vector-env.ts';
import { Exploration } from '../policy/exploration.ts';
import { RewardNormaliser } from '../policy/normalisers.ts';
import type { Policy } from '../policy/policy.ts';
import { EpisodeWindow, type EpisodeWindowState } from './episodes.ts';

export interface EpisodeCollectorState {
  envs: VectorEnvState;
  episodes: EpisodeWindowState;
}

/** What one environment has experienced since the batch began, in arrays that grow. */
interface Track {
  observations: number[];
  actions: number[];
  logProbs: number[];
  masks: number[];
  rewards: number[];
  values: number[];
  finalValues: number[];
  /** Steps up to the end of each episode. */
  ends: number[];
  episodeReturn: number;
}

/**
 * Lets a policy play whole episodes, the same number in every environment: to take those that finish first would favour
 * short ones. An environment that is done with its own goes on unrecorded until the last is.
 *
 * The environments must be in same-step autoreset.
 */
export class EpisodeCollector {
  readonly episodes = new EpisodeWindow();
  /** Mean over the last batch, its unrecorded steps included, of each signal the environments publish. */
  readonly signalMeans: Float64Array;
  readonly #envs: VectorEnv;
  readonly #policy: Policy;
  readonly #exploration: Exploration;
  readonly #episodesPerEnv: number;
  readonly #rewardNormaliser: RewardNormaliser | undefined;
  /** Of the step at hand, a row for each environment: normalised observations, actions, and so on. */
  readonly #observations: Float32Array;
  readonly #actions: Float32Array;
  readonly #logProbs: Float64Array;
  readonly #rewards: Float64Array;
  readonly #environmentActions: Float32Array;

  /** @param random samples the actions */
  constructor(envs: VectorEnv, policy: Policy, options: { episodes: number; gamma: number; random: Random }) {
    if (envs.autoreset !== 'same-step') {
      throw new UserError(`Training needs environments in 'same-step' autoreset, these are in '${envs.autoreset}'.`);
    }
    const { numEnvs } = envs;
    this.#envs = envs;
    this.#policy = policy;
    this.#exploration = new Exploration(policy.distribution, numEnvs, policy.config.noiseSteps, options.random);
    this.#episodesPerEnv = Math.ceil(options.episodes / numEnvs);
    this.#rewardNormaliser = policy.returnMoments && new RewardNormaliser(policy.returnMoments, numEnvs, options.gamma);
    this.signalMeans = new Float64Array(envs.signalNames.length);
    this.#observations = new Float32Array(numEnvs * policy.observationSize);
    this.#rewards = new Float64Array(numEnvs);
    this.#actions = new Float32Array(numEnvs * policy.distribution.actionSize);
    this.#logProbs = new Float64Array(numEnvs);
    this.#environmentActions = new Float32Array(numEnvs * policy.distribution.environmentActionSize);
  }

  /** @returns the episodes, and the environment steps they took, unrecorded ones included */
  async collect(): Promise<{ batch: EpisodeBatch; steps: number }> {
    const envs = this.#envs;
    const { numEnvs } = envs;
    const tracks = Array.from({ length: numEnvs }, newTrack);
    const unfinished = (track: Track): boolean => track.ends.length < this.#episodesPerEnv;
    let steps = 0;
    this.signalMeans.fill(0);
    this.#exploration.restart();
    this.#rewardNormaliser?.setState(new Array<number>(numEnvs).fill(0));
    await envs.reset();
    while (tracks.some(unfinished)) {
      this.#act();
      tracks.forEach((track, i) => {
        if (unfinished(track)) this.#recordAction(track, i);
      });
      await envs.step(this.#environmentActions);
      steps += numEnvs;
      this.#rewards.set(envs.rewards);
      this.#rewardNormaliser?.normalise(envs.rewards, envs.terminated, envs.truncated, this.#rewards, 0);
      tracks.forEach((track, i) => {
        if (unfinished(track)) this.#recordOutcome(track, i);
      });
      const { signals } = envs;
      for (let k = 0; k < signals.length; k++) this.signalMeans[k % this.signalMeans.length] += signals[k];
    }
    for (let k = 0; k < this.signalMeans.length; k++) this.signalMeans[k] /= steps;
    return { batch: this.#joined(tracks), steps };
  }

  #act(): void {
    const policy = this.#policy;
    const { actor, critic, distribution, maskSize } = policy;
    const { numEnvs, observations: raw, actionMasks } = this.#envs;
    policy.observationNormaliser?.update(raw, numEnvs);
    policy.normalise(raw, numEnvs, this.#observations);
    policy.loadRows(this.#observations, 0, numEnvs);
    actor.forward(numEnvs);
    critic.forward(numEnvs);
    for (let i = 0; i < numEnvs; i++) {
      const at = i * actor.outputStride;
      const actionAt = i * distribution.actionSize;
      if (actionMasks) distribution.setMask?.(actionMasks, i * maskSize);
      this.#exploration.sample(i, actor.outputs, at, this.#actions, actionAt);
      distribution.evaluate(actor.outputs, at, this.#actions, actionAt);
      this.#logProbs[i] = distribution.logProb;
      const environmentAt = i * distribution.environmentActionSize;
      distribution.toEnvironment(this.#actions, actionAt, this.#environmentActions, environmentAt);
    }
    distribution.setMask?.(undefined, 0);
  }

  #recordAction(track: Track, i: number): void {
    const { critic, distribution, observationSize, maskSize } = this.#policy;
    const { actionMasks } = this.#envs;
    append(track.observations, this.#observations, i, observationSize);
    append(track.actions, this.#actions, i, distribution.actionSize);
    if (actionMasks) append(track.masks, actionMasks, i, maskSize);
    track.logProbs.push(this.#logProbs[i]);
    track.values.push(critic.outputs[i * critic.outputStride]);
  }

  #recordOutcome(track: Track, i: number): void {
    const { rewards, terminated, truncated } = this.#envs;
    track.rewards.push(this.#rewards[i]);
    track.episodeReturn += rewards[i];
    if (!terminated[i] && !truncated[i]) return;
    this.episodes.add(track.episodeReturn, track.rewards.length - (track.ends.at(-1) ?? 0));
    track.ends.push(track.rewards.length);
    track.finalValues.push(terminated[i] ? 0 : this.#valueOfFinalObservation(i));
    track.episodeReturn = 0;
  }

  #valueOfFinalObservation(env: number): number {
    const policy = this.#policy;
    const { observationSize, critic } = policy;
    const row = this.#envs.finalObservations.slice(env * observationSize, (env + 1) * observationSize);
    policy.normalise(row, 1, row);
    policy.loadRows(row, 0, 1);
    critic.forward(1);
    return critic.outputs[0];
  }

  #joined(tracks: readonly Track[]): EpisodeBatch {
    const ends: number[] = [0];
    let size = 0;
    for (const track of tracks) {
      ends.push(...track.ends.map((end) => size + end));
      size += track.rewards.length;
    }
    return {
      size,
      starts: Int32Array.from(ends),
      observations: Float32Array.from(tracks.flatMap(({ observations }) => observations)),
      actions: Float32Array.from(tracks.flatMap(({ actions }) => actions)),
      logProbs: Float64Array.from(tracks.flatMap(({ logProbs }) => logProbs)),
      masks: this.#envs.actionMasks && Uint8Array.from(tracks.flatMap(({ masks }) => masks)),
      rewards: Float64Array.from(tracks.flatMap(({ rewards }) => rewards)),
      values: Float64Array.from(tracks.flatMap(({ values }) => values)),
      finalValues: Float64Array.from(tracks.flatMap(({ finalValues }) => finalValues)),
    };
  }

  getState(): EpisodeCollectorState {
    return { envs: this.#envs.getState(), episodes: this.episodes.getState() };
  }

  async setState({ envs, episodes }: EpisodeCollectorState): Promise<void> {
    await this.#envs.setState(envs);
    this.episodes.setState(episodes);
  }
}

function append(to: number[], rows: ArrayLike<number>, row: number, size: number): void {
  for (let k = row * size; k < (row + 1) * size; k++) to.push(rows[k]);
}

function newTrack(): Track {
  return {
    observations: [],
    actions: [],
    logProbs: [],
    masks: [],
    rewards: [],
    values: [],
    finalValues: [],
    ends: [],
    episodeReturn: 0,
  };
}
