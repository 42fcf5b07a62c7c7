import { type PpoConfig, ppoDefaults, ppoUpdate } from '../../src/algorithms/ppo.ts';
import { Random } from '../../src/core/random.ts';
import { makeRows } from '../../src/core/registry.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { VectorEnv } from '../../src/core/vector-env.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { Collector } from '../../src/training/collector.ts';

/** A way of training CartPole-v1 with separate 64-64 tanh networks, as other libraries are timed too. */
export interface LearningCase {
  name: string;
  numEnvs: number;
  rolloutSteps: number;
  minibatchSize: number;
  epochs: number;
}

export const learningCases: readonly LearningCase[] = [
  { name: '8 envs x 256, minibatch 64, 10 epochs', numEnvs: 8, rolloutSteps: 256, minibatchSize: 64, epochs: 10 },
  { name: '64 envs x 128, minibatch 2048, 4 epochs', numEnvs: 64, rolloutSteps: 128, minibatchSize: 2048, epochs: 4 },
];

export interface LearningSpeed {
  stepsPerSecond: number;
  /** Shares of the time, adding up to 1. */
  environment: number;
  inference: number;
  learning: number;
}

/** Trains for about `seconds` after one warm-up update and tells where the time went. */
export async function measureLearning(engine: Engine, setting: LearningCase, seconds: number): Promise<LearningSpeed> {
  const config: PpoConfig = { ...ppoDefaults, ...setting };
  const envs = new SyncVectorEnv(() => makeRows('CartPole-v1'), setting.numEnvs);
  const [weightRandom, actionRandom, minibatchRandom] = new Random(0).spawn(3);
  const policy = new Policy(engine, {
    config: policyDefaults,
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: Math.max(setting.numEnvs, engine.preferredChunkRows),
    random: weightRandom,
  });
  const clock = { environment: 0 };
  const collector = new Collector(timed(envs, clock), policy, {
    steps: config.rolloutSteps,
    gamma: config.gamma,
    random: actionRandom,
  });
  envs.reset({ seed: 0 });
  ppoUpdate(policy, await collector.collect(), config, 0, minibatchRandom);

  clock.environment = 0;
  let steps = 0;
  let collecting = 0;
  let learning = 0;
  while (collecting + learning < seconds * 1000) {
    const start = performance.now();
    const rollout = await collector.collect();
    const collected = performance.now();
    ppoUpdate(policy, rollout, config, 0, minibatchRandom);
    collecting += collected - start;
    learning += performance.now() - collected;
    steps += rollout.size;
  }
  policy.model.dispose();
  const total = collecting + learning;
  return {
    stepsPerSecond: (steps / total) * 1000,
    environment: clock.environment / total,
    inference: (collecting - clock.environment) / total,
    learning: learning / total,
  };
}

/** The same environments, their steps timed. */
function timed(envs: SyncVectorEnv, clock: { environment: number }): VectorEnv {
  const step = envs.step.bind(envs);
  envs.step = (actions) => {
    const start = performance.now();
    step(actions);
    clock.environment += performance.now() - start;
  };
  return envs;
}
