import { register } from '../../src/core/registry.ts';
import { loadMujoco } from './mujoco.ts';
import { PlanarReach, type PlanarReachOptions } from './planar-reach.ts';
import { Reacher, type ReacherOptions } from './reacher.ts';

register({
  id: 'upslope/Reacher-v0',
  create: (options: ReacherOptions) => new Reacher(options),
  load: loadMujoco,
  maxEpisodeSteps: 50,
  rewardThreshold: -3.75,
  description: "Bring the fingertip of a two-link arm to a target by torques: Gymnasium's Reacher-v5.",
});

register({
  id: 'upslope/PlanarReach-v0',
  create: (options: PlanarReachOptions) => new PlanarReach(options),
  maxEpisodeSteps: 100,
  description: 'Bring the tip of a planar arm of n links to a target by torques; no physics engine needed.',
});

export type { ArmControl, ArmEnv } from './arm-env.ts';
export { loadMujoco } from './mujoco.ts';
export { PlanarArm, type PlanarLink, rod } from './planar-arm.ts';
export { PlanarReach, type PlanarReachOptions } from './planar-reach.ts';
export { Reacher, type ReacherOptions } from './reacher.ts';
