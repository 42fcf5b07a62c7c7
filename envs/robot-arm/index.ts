import { register } from '../../src/core/registry.ts';
import { loadMujoco } from './mujoco.ts';
import { Reacher, type ReacherOptions } from './reacher.ts';

register({
  id: 'upslope/Reacher-v0',
  create: (options: ReacherOptions) => new Reacher(options),
  load: loadMujoco,
  maxEpisodeSteps: 50,
  rewardThreshold: -3.75,
  description: "Bring the fingertip of a two-link arm to a target by torques: Gymnasium's Reacher-v5.",
});

export type { ArmControl, ArmEnv } from './arm-env.ts';
export { loadMujoco } from './mujoco.ts';
export { Reacher, type ReacherOptions } from './reacher.ts';
