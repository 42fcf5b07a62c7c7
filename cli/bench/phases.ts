import { type PpoConfig, ppoDefaults } from '../../src/algorithms/ppo.ts';
import { Random } from '../../src/core/random.ts';
import type { VectorEnv } from '../../src/core/vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { openKernelClock } from '../../src/engine/kernel-bench.ts';
import { policyDefaults } from '../../src/policy/policy.ts';
import { Collector } from '../../src/training/collector.ts';
import { rolloutTrainer } from '../../src/training/trainers/index.ts';
import { prepareCase, type TrainingCase } from './cases.ts';
import { learningFlops } from './flops.ts';
import { WARM_UP } from './training.ts';

/** Where the time of training in one thread goes: shares that add up to 1. */
export interface Phases {
  environment: number;
  /** Both networks, forward, while acting. */
  inference: number;
  learning: number;
  /** Sampling, normalisers, writing down what happened. */
  rest: number;
  /** GFLOP/s of the networks' products over the time of learning; `undefined` where they are no plain networks. */
  learningGflops: number | undefined;
  /** Of the kernels by themselves, measured in turns with the learning: other load on the machine falls on both. */
  kernelGflops: number;
}

/** Of PPO in one thread. Its clocks cost a little themselves, so the speed is measured without them, elsewhere. */
export async function measurePhases(setting: TrainingCase, seconds: number): Promise<Phases> {
  const { algorithm, policy: policyConfig, makeEnvs } = await prepareCase(setting);
  if (algorithm.name !== 'ppo') throw new TypeError(`phases are measured of ppo, not of ${algorithm.name}`);
  const config: PpoConfig = { ...ppoDefaults, ...algorithm };
  const [weightRandom, actionRandom, updateRandom] = new Random(0).spawn(3);
  const envs = await makeEnvs();
  const { observationSpace, actionSpace, numEnvs } = envs;
  const trainer = rolloutTrainer(
    { ...config, name: 'ppo' },
    {
      engine: createCpuEngine(),
      policy: { ...policyDefaults, ...policyConfig },
      observationSpace,
      actionSpace,
      maxRows: numEnvs,
      weightRandom,
      updateRandom,
    },
  );
  const { policy } = trainer;
  const collector = new Collector(envs, policy, {
    steps: config.rolloutSteps,
    gamma: config.gamma,
    random: actionRandom,
  });
  const clock = { environment: 0, networks: 0 };
  const kernels = openKernelClock();
  timeSteps(envs, clock);
  timeForward(policy.actor, clock);
  timeForward(policy.critic, clock);

  try {
    await envs.reset({ seed: 0 });
    const opened = performance.now();
    while (performance.now() - opened < WARM_UP * 1000) await trainer.train(await collector.collect(), 0);
    clock.environment = 0;
    let inference = 0;
    let collecting = 0;
    let learning = 0;
    let samples = 0;
    do {
      const start = performance.now();
      const networksBefore = clock.networks;
      const rollout = await collector.collect();
      const collected = performance.now();
      inference += clock.networks - networksBefore;
      collecting += collected - start;
      await trainer.train(rollout, 0);
      learning += performance.now() - collected;
      samples += rollout.size * config.epochs;
      kernels.measure();
    } while (collecting + learning < seconds * 1000);
    const total = collecting + learning;
    const flops = learningFlops(policy.actor.spec) + learningFlops(policy.critic.spec);
    return {
      environment: clock.environment / total,
      inference: inference / total,
      learning: learning / total,
      rest: (collecting - clock.environment - inference) / total,
      // An update may stop early at a KL divergence, and then has seen fewer samples.
      learningGflops:
        policy.config.network === 'mlp' && config.targetKl === null ? (samples * flops) / (learning * 1e6) : undefined,
      kernelGflops: kernels.gflops(),
    };
  } finally {
    kernels.close();
    await trainer.close();
    await envs.close();
  }
}

function timeSteps(envs: VectorEnv, clock: { environment: number }): void {
  const step = envs.step.bind(envs);
  envs.step = (actions, group) => {
    const start = performance.now();
    const pending = step(actions, group);
    clock.environment += performance.now() - start;
    return pending;
  };
}

function timeForward(network: { forward(rows: number): void }, clock: { networks: number }): void {
  const forward = network.forward.bind(network);
  network.forward = (rows) => {
    const start = performance.now();
    forward(rows);
    clock.networks += performance.now() - start;
  };
}
