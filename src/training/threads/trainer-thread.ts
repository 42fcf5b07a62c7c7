// The entry of a thread that trains as a member of a team on experience that comes from elsewhere.

import { workerData } from 'node:worker_threads';
import { Random } from '../../core/random.ts';
import { spaceFrom } from '../../core/spaces/description.ts';
import { failTeam } from '../../core/team.ts';
import { createMemberEngine, type SharedModels } from '../../engine/wasm/engine.ts';
import { createTrainer } from '../trainers/index.ts';
import type { Trainer } from '../trainers/trainer.ts';
import { serve } from './serve.ts';
import type { TrainerSetup, TrainRequest } from './team-trainer.ts';

const { algorithm, policy, observationSpace, actionSpace, seed, rank, team, batch } = workerData as TrainerSetup;
let trainer: Trainer<typeof batch>;

serve(
  {
    join(models: SharedModels) {
      const [weightRandom, updateRandom] = new Random([seed, rank]).spawn(2);
      trainer = createTrainer(algorithm, {
        engine: createMemberEngine(models, team, rank),
        policy,
        observationSpace: spaceFrom(observationSpace),
        actionSpace: spaceFrom(actionSpace),
        maxRows: 1,
        weightRandom,
        updateRandom,
      });
    },
    train({ progress, tails }: TrainRequest) {
      if ('tails' in batch && batch.tails && tails !== undefined) batch.tails.count = tails;
      return trainer.train(batch, progress);
    },
    getState: () => trainer.getState(),
    setState: (state: unknown) => trainer.setState(state),
  },
  () => failTeam(team),
);
