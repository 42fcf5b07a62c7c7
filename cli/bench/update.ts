import { ppoDefaults } from '../../src/algorithms/ppo.ts';
import { createRollout, type Rollout } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import type { LearnerOptions } from '../../src/training/learner.ts';
import { openRolloutTrainer } from '../../src/training/threads/open-trainer.ts';
import type { Trainer } from '../../src/training/trainers/trainer.ts';

/** Sizes of HalfCheetah, with networks as people use for it. */
export const updateSetting = { observations: 17, actions: 6, width: 256, minibatchSize: 2048, minibatches: 4 } as const;

const NUM_ENVS = 64;

/** Milliseconds of one minibatch of a PPO update, on experience that is made up: no environment takes part. */
export async function measureUpdate(threads: number, seconds: number): Promise<number> {
  const { observations, actions, width, minibatchSize, minibatches } = updateSetting;
  const size = minibatchSize * minibatches;
  const shapeOf = ({ policy }: Trainer<Rollout>) => ({
    steps: size / NUM_ENVS,
    numEnvs: NUM_ENVS,
    observationSize: observations,
    actionSize: policy.distribution.actionSize,
    maskSize: 0,
  });
  const trainer = await openRolloutTrainer(
    { threads, seed: 0 } as LearnerOptions,
    // The same numbers every time: with a rate above zero they would wander off, as nothing new is experienced.
    { ...ppoDefaults, name: 'ppo', minibatchSize, epochs: 1, learningRate: 0 },
    {
      engine: createCpuEngine(),
      policy: { ...policyDefaults, hidden: [width, width] },
      observationSpace: new Box(-Infinity, Infinity, [observations]),
      actionSpace: new Box(-1, 1, [actions]),
      maxRows: 1,
      weightRandom: new Random(1),
      updateRandom: new Random(2),
    },
    shapeOf,
  );
  try {
    const rollout = madeUp(createRollout(shapeOf(trainer)), actions);
    for (let warmUp = 0; warmUp < 2; warmUp++) await trainer.train(rollout, 0);
    const start = performance.now();
    let updates = 0;
    do {
      await trainer.train(rollout, 0);
      updates++;
    } while (performance.now() - start < seconds * 1000);
    return (performance.now() - start) / (updates * minibatches);
  } finally {
    await trainer.close();
  }
}

/** As of a standard normal policy, which a new one nearly is. */
function madeUp(rollout: Rollout, actionSize: number): Rollout {
  const random = new Random(3);
  for (let k = 0; k < rollout.observations.length; k++) rollout.observations[k] = random.normal();
  for (let at = 0; at < rollout.size; at++) {
    let squares = 0;
    for (let k = 0; k < actionSize; k++) {
      const action = random.normal();
      rollout.actions[at * actionSize + k] = action;
      squares += action * action;
    }
    rollout.logProbs[at] = -0.5 * (squares + actionSize * Math.log(2 * Math.PI));
    rollout.rewards[at] = random.normal();
  }
  return rollout;
}
