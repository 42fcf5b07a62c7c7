import { expect, test } from '@jest/globals';
import { sacDefaults } from '../../src/algorithms/sac.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import { sacTrainer } from '../../src/training/trainers/sac.ts';

test.each([
  [null, [3, 4]],
  [[8], [3, 8]],
])('critics have layers of their own where they are given: %j', (criticHidden, shape) => {
  const trainer = sacTrainer(
    {
      engine: createCpuEngine(),
      policy: { ...policyDefaults, hidden: [4], criticHidden },
      observationSpace: new Box(-1, 1, [2]),
      actionSpace: new Box(-1, 1, [1]),
      maxRows: 1,
      weightRandom: new Random(1),
      updateRandom: new Random(2),
    },
    sacDefaults,
  );
  expect(trainer.policy.model.getTensors()['actor.0.weight'].shape).toEqual([2, 4]);
  // Of two numbers that are seen and one that is done.
  const [, first] = Object.entries(trainer.getNetworks().tensors).find(([name]) => name.endsWith('first.0.weight'))!;
  expect(first.shape).toEqual(shape);
  trainer.close();
});
