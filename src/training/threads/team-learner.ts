import { availableParallelism } from 'node:os';
import { packArrays, unpackArrays } from '../../core/array-json.ts';
import { Random } from '../../core/random.ts';
import { createTeamMemory, failTeam, shareStart, type TeamMemory } from '../../core/team.ts';
import { createSharingEngine } from '../../engine/wasm/engine.ts';
import type { MomentsState } from '../../policy/normalisers.ts';
import { Policy, type PolicyConfig } from '../../policy/policy.ts';
import type { AlgorithmSetting } from '../algorithm-setting.ts';
import { EpisodeWindow, type EpisodeWindowState } from '../episodes.ts';
import type { Learner, LearnerOptions, LearnerState, Metrics } from '../learner.ts';
import { askAll } from './ask-all.ts';
import { type DescribedFacts, type EnvModule, factsFrom } from './env-module.ts';
import { startThread, type Thread } from './thread.ts';

/** What a member's thread begins with. */
export interface MemberSetup {
  envModule: EnvModule;
  /** Its share of the environments. */
  firstEnv: number;
  numEnvs: number;
  algorithm: AlgorithmSetting;
  policy: PolicyConfig;
  seed: number;
  rank: number;
  team: TeamMemory;
}

/** What a member tells of a round of learning. Metrics and moments are the same in all. */
export interface MemberRound {
  steps: number;
  metrics: Metrics | undefined;
  /** That ended meanwhile. */
  episodes: EpisodeWindowState;
  signalMeans: Float64Array;
  observations: MomentsState | undefined;
  returns: MomentsState | undefined;
}

/** What a member goes on from. */
export interface MemberState {
  state: LearnerState;
  observations: MomentsState | undefined;
  returns: MomentsState | undefined;
}

interface StoredState {
  members: LearnerState[];
  episodes: EpisodeWindowState;
}

/**
 * An on-policy algorithm in several threads. Each has a learner of its own, with its share of the environments, and
 * works on its share of every minibatch; an optimiser step is made of the gradients of all. So the outcome is a function
 * of the seed and the number of threads.
 *
 * This thread only waits for the others: it stays free to notice when one of them dies.
 *
 * @throws UserError what environments throw when they are made
 */
export async function teamLearner(
  options: LearnerOptions & { envModule: EnvModule; numEnvs: number; threads: number },
  algorithm: AlgorithmSetting,
): Promise<Learner> {
  const { seed, policy: policyConfig, envModule, threads } = options;
  const team = createTeamMemory(threads, availableParallelism());
  const members: Thread[] = [];
  const close = async (): Promise<void> => {
    for (const member of members) await member.close();
  };
  try {
    for (let rank = 0; rank < threads; rank++) {
      const firstEnv = shareStart(options.numEnvs, rank, threads);
      const numEnvs = shareStart(options.numEnvs, rank + 1, threads) - firstEnv;
      const setup: MemberSetup = { envModule, firstEnv, numEnvs, algorithm, policy: policyConfig, seed, rank, team };
      members.push(startThread(['src', 'training', 'threads', 'member-thread.js'], setup, () => failTeam(team)));
    }
    const facts = (await askAll<DescribedFacts>(members, 'open')).map(factsFrom);
    const [{ observationSpace, actionSpace, signalNames }] = facts;
    const engine = createSharingEngine();
    const policy = new Policy(engine, {
      config: policyConfig,
      observationSpace,
      actionSpace,
      maxRows: options.maxRows,
      // As without threads.
      random: new Random(seed).spawn(1)[0],
    });
    const models = engine.share();
    const [metricNames] = await askAll<string[]>(members, 'join', () => models);

    const { observationNormaliser, returnMoments } = policy;
    const episodes = new EpisodeWindow();
    const signalMeans = new Float64Array(signalNames.length);
    return {
      policy,
      metricNames,
      episodes,
      signalNames,
      signalMeans,
      savesEnvironments: facts.every(({ savesEnvironments }) => savesEnvironments),
      async start() {
        await askAll(members, 'start');
      },
      async learn(progress) {
        const rounds = await askAll<MemberRound>(members, 'learn', () => progress);
        const steps = rounds.reduce((sum, round) => sum + round.steps, 0);
        signalMeans.fill(0);
        for (const round of rounds) {
          episodes.append(round.episodes);
          round.signalMeans.forEach((mean, k) => {
            signalMeans[k] += (mean * round.steps) / steps;
          });
        }
        const [{ metrics, observations, returns }] = rounds;
        if (observations) observationNormaliser?.moments.setState(observations);
        if (returns) returnMoments?.setState(returns);
        return { steps, metrics };
      },
      async getState() {
        const stored: StoredState = { members: await askAll(members, 'getState'), episodes: episodes.getState() };
        return { json: packArrays(stored), tensors: {} };
      },
      async setState({ json }) {
        const stored = unpackArrays(json) as StoredState;
        episodes.setState(stored.episodes);
        await askAll(members, 'setState', (rank): MemberState => {
          const moments = {
            observations: observationNormaliser?.moments.getState(),
            returns: returnMoments?.getState(),
          };
          return { state: stored.members[rank], ...moments };
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
