import { UserError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import type { Policy } from '../../policy/policy.ts';
import type { EpisodeLog } from './episode-log.ts';

/** What one environment has been through, in arrays that grow. */
interface Track {
  observations: number[];
  actions: number[];
  logProbs: number[];
  masks: number[];
  rewards: number[];
  /** Steps up to the end of each episode, and how it ended. */
  ends: number[];
  terminated: number[];
  truncated: number[];
}

/**
 * Lets a policy act by chance, as in training but with frozen normalisers, for `episodes` whole episodes from `seed` on.
 * Every environment plays its share of them, fixed beforehand: taking the first to finish instead would favour short ones.
 *
 * @param random draws the actions
 */
export async function recordEpisodes(
  policy: Policy,
  envs: VectorEnv,
  episodes: number,
  seed: number,
  random: Random,
): Promise<EpisodeLog> {
  if (envs.autoreset !== 'same-step') {
    throw new UserError(
      `Episodes are recorded in 'same-step' autoreset, these environments are in '${envs.autoreset}'.`,
    );
  }
  const { numEnvs, actionMasks } = envs;
  const { actor, distribution, observationSize, stateSize, maskSize } = policy;
  const { actionSize } = distribution;
  const normalised = new Float32Array(numEnvs * observationSize);
  const actions = new Float32Array(numEnvs * actionSize);
  const environmentActions = new Float32Array(numEnvs * distribution.environmentActionSize);
  const shares = Int32Array.from({ length: numEnvs }, (_, i) => Math.floor((episodes + numEnvs - 1 - i) / numEnvs));
  const states = policy.initialState(numEnvs);
  const tracks = Array.from({ length: numEnvs }, newTrack);
  const unfinished = (i: number): boolean => tracks[i].ends.length < shares[i];

  await envs.reset({ seed });
  while (tracks.some((_, i) => unfinished(i))) {
    policy.normalise(envs.observations, numEnvs, normalised);
    policy.loadRows(normalised, 0, numEnvs);
    for (let i = 0; i < numEnvs; i++) policy.loadState(states, i, i);
    actor.forward(numEnvs);
    if (stateSize > 0) {
      policy.critic.forward(numEnvs);
      for (let i = 0; i < numEnvs; i++) policy.saveState(i, states, i);
    }
    for (let i = 0; i < numEnvs; i++) {
      const at = i * actor.outputStride;
      if (actionMasks) distribution.setMask?.(actionMasks, i * maskSize);
      distribution.sample(actor.outputs, at, random, actions, i * actionSize);
      distribution.evaluate(actor.outputs, at, actions, i * actionSize);
      distribution.toEnvironment(actions, i * actionSize, environmentActions, i * distribution.environmentActionSize);
      if (!unfinished(i)) continue;
      const track = tracks[i];
      append(track.observations, envs.observations, i, observationSize);
      append(track.actions, actions, i, actionSize);
      if (actionMasks) append(track.masks, actionMasks, i, maskSize);
      track.logProbs.push(distribution.logProb);
    }
    distribution.setMask?.(undefined, 0);
    await envs.step(environmentActions);
    for (let i = 0; i < numEnvs; i++) {
      const ended = envs.terminated[i] || envs.truncated[i];
      if (ended) states.fill(0, i * stateSize, (i + 1) * stateSize);
      if (!unfinished(i)) continue;
      const track = tracks[i];
      track.rewards.push(envs.rewards[i]);
      if (!ended) continue;
      track.ends.push(track.rewards.length);
      track.terminated.push(envs.terminated[i]);
      track.truncated.push(envs.truncated[i]);
    }
  }
  return joined(tracks, actionMasks !== undefined);
}

function joined(tracks: readonly Track[], withMasks: boolean): EpisodeLog {
  const starts: number[] = [0];
  for (const track of tracks) {
    const first = starts[starts.length - 1];
    for (const end of track.ends) starts.push(first + end);
  }
  return {
    starts: Int32Array.from(starts),
    observations: Float32Array.from(tracks.flatMap(({ observations }) => observations)),
    actions: Float32Array.from(tracks.flatMap(({ actions }) => actions)),
    logProbs: Float64Array.from(tracks.flatMap(({ logProbs }) => logProbs)),
    rewards: Float64Array.from(tracks.flatMap(({ rewards }) => rewards)),
    terminated: Uint8Array.from(tracks.flatMap(({ terminated }) => terminated)),
    truncated: Uint8Array.from(tracks.flatMap(({ truncated }) => truncated)),
    ...(withMasks && { masks: Uint8Array.from(tracks.flatMap(({ masks }) => masks)) }),
  };
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
    ends: [],
    terminated: [],
    truncated: [],
  };
}
