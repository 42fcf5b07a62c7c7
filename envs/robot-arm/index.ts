import { type EnvRegistration, register } from '../../src/core/registry.ts';
import type { Domain } from '../domain.ts';
import type { ArmEnv } from './arm-env.ts';
import { ArmPush, type ArmPushOptions } from './arm-push.ts';
import { ArmTask, type ArmTaskOptions } from './arm-task.ts';
import { robotArmDomain } from './domain.ts';
import { loadMujoco } from './mujoco.ts';
import { PlanarReach, type PlanarReachOptions } from './planar-reach.ts';
import { Reacher, type ReacherOptions } from './reacher.ts';

interface ArmRegistration extends EnvRegistration<object> {
  create(options: object): ArmEnv;
  maxEpisodeSteps: number;
}

const arms: readonly ArmRegistration[] = [
  {
    id: 'upslope/Reacher-v0',
    create: (options: ReacherOptions) => new Reacher(options),
    load: loadMujoco,
    maxEpisodeSteps: 50,
    rewardThreshold: -3.75,
    description: "Bring the fingertip of a two-link arm to a target by torques: Gymnasium's Reacher-v5.",
  },
  {
    id: 'upslope/ArmReach-v0',
    create: (options: ArmTaskOptions) => new ArmTask(options, false),
    load: loadMujoco,
    maxEpisodeSteps: 50,
    description: 'Bring the tip of an arm, of seven joints or your own, to a random target.',
  },
  {
    id: 'upslope/ArmTrack-v0',
    create: (options: ArmTaskOptions) => new ArmTask(options, true),
    load: loadMujoco,
    maxEpisodeSteps: 100,
    description: 'Keep the tip of an arm, of seven joints or your own, on a moving target.',
  },
  {
    id: 'upslope/ArmPush-v0',
    create: (options: ArmPushOptions) => new ArmPush(options),
    load: loadMujoco,
    maxEpisodeSteps: 50,
    description: 'Push a box over a table to a random goal with the tip of a seven-joint arm.',
  },
  {
    id: 'upslope/PlanarReach-v0',
    create: (options: PlanarReachOptions) => new PlanarReach(options),
    maxEpisodeSteps: 100,
    description: 'Bring the tip of a planar arm of n links to a target by torques; no physics engine needed.',
  },
];
for (const arm of arms) register(arm);

/** By id of the environment. */
export const robotArmDomains: ReadonlyMap<string, Domain> = new Map(
  arms.map(({ id, create, maxEpisodeSteps }) => [id, robotArmDomain(create, maxEpisodeSteps)]),
);

export { loadArm } from './arm.ts';
export type { ArmControl, ArmEnv } from './arm-env.ts';
export { ArmPush, type ArmPushOptions } from './arm-push.ts';
export { ArmTask, type ArmTaskOptions } from './arm-task.ts';
export { type ArmFit, type Estimated, type FitSettings, fitArm, type JointFit } from './identify/fit.ts';
export { type JointLog, readJointLog } from './identify/joint-log.ts';
export { dampedLeastSquares } from './kinematics.ts';
export { loadMujoco } from './mujoco.ts';
export { PlanarArm, type PlanarLink, rod } from './planar-arm.ts';
export { PlanarReach, type PlanarReachOptions } from './planar-reach.ts';
export type { RandomiseOptions } from './randomise.ts';
export { Reacher, type ReacherOptions } from './reacher.ts';
