// The entry of a thread that learns as a member of a team: a learner of its own, with its share of the environments.

import { workerData } from 'node:worker_threads';
import { failTeam } from '../../core/team.ts';
import type { VectorEnv } from '../../core/vector-env.ts';
import { createMemberEngine, type SharedModels } from '../../engine/wasm/engine.ts';
import type { Learner } from '../learner.ts';
import { createLearner } from '../learners/index.ts';
import { describeFacts, factsOf, openEnvs } from './env-module.ts';
import { serve } from './serve.ts';
import type { MemberRound, MemberSetup, MemberState } from './team-learner.ts';

const { envModule, firstEnv, numEnvs, algorithm, policy, seed, rank, team } = workerData as MemberSetup;
let envs: VectorEnv;
let learner: Learner;

serve(
  {
    async open() {
      envs = await openEnvs(envModule, numEnvs);
      return describeFacts(factsOf(envs));
    },
    async join(models: SharedModels) {
      const engine = createMemberEngine(models, team, rank);
      const openOwn = async () => envs;
      learner = await createLearner(algorithm, { seed, engine, policy, openEnvs: openOwn, maxRows: 1, firstEnv });
      return learner.metricNames;
    },
    start: () => learner.start(),
    async learn(progress: number): Promise<MemberRound> {
      const { steps, metrics } = await learner.learn(progress);
      const { observationNormaliser, returnMoments } = learner.policy;
      const episodes = learner.episodes.getState();
      learner.episodes.setState({ finished: 0, returns: [], lengths: [] });
      return {
        steps,
        metrics,
        episodes,
        signalMeans: learner.signalMeans,
        observations: observationNormaliser?.moments.getState(),
        returns: returnMoments?.getState(),
      };
    },
    getState: () => learner.getState(),
    async setState({ state, observations, returns }: MemberState) {
      const { observationNormaliser, returnMoments } = learner.policy;
      if (observations) observationNormaliser?.moments.setState(observations);
      if (returns) returnMoments?.setState(returns);
      await learner.setState(state);
    },
  },
  () => failTeam(team),
);
