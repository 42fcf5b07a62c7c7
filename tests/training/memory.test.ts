import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { encodePolicy, loadPolicy } from '../../src/policy/artefact.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';
import { writeFileAtomic } from '../../src/training/atomic-file.ts';
import { Collector } from '../../src/training/collector.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import { type RunSetup, train } from '../../src/training/run.ts';
import { signEnv } from './toy-env.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

const engine = createCpuEngine();

function policyFor(envs: SyncVectorEnv): Policy {
  const policy = new Policy(engine, {
    config: { ...policyDefaults, network: 'gru', recurrentSize: 5, hidden: [8] },
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: 8,
    random: new Random(1),
  });
  // The last layer starts close to zero, and then what is remembered hardly matters.
  const tensors = policy.model.getTensors();
  const { data } = tensors['actor.head.1.weight'];
  for (let i = 0; i < data.length; i++) data[i] *= 100;
  policy.model.setTensors(tensors);
  return policy;
}

/** Shows the same in every episode of three steps, and pays what the action is. */
function echoEnv(): RowEnv {
  let step = 0;
  const env = {
    observationSpace: new Box(-1, 1, [1]),
    actionSpace: new Box(-10, 10, [1]),
    observationSize: 1,
    actionSize: 1,
    reward: 0,
    terminated: false,
    truncated: false,
    signalNames: [],
    signals: new Float64Array(0),
    reset(_: number | undefined, observation: Float32Array) {
      step = 0;
      observation[0] = 0.5;
    },
    step(action: Float32Array, observation: Float32Array) {
      env.reward = action[0];
      env.truncated = ++step === 3;
      observation[0] = 0.5;
    },
  };
  return env;
}

describe('a policy with memory', () => {
  test('collected: states run on within an episode and begin at zero; V at a cut goes on from the last', async () => {
    const envs = new SyncVectorEnv(() => signEnv({ lengths: [3] }), 2);
    const policy = policyFor(envs);
    const collector = new Collector(envs, policy, { steps: 8, gamma: 0.9, random: new Random(2) });
    envs.reset({ seed: 0 });
    const seen: { before: number[]; after: number[] }[] = [];
    const step = envs.step.bind(envs);
    envs.step = (actions) => {
      const before = Array.from(envs.observations.subarray(2, 4));
      step(actions);
      const rows = envs.truncated[1] ? envs.finalObservations : envs.observations;
      seen.push({ before, after: Array.from(rows.subarray(2, 4)) });
    };

    // The second of two environments by hand, over two rollouts.
    const state = policy.initialState(1);
    const action = new Float32Array(1);
    for (let round = 0; round < 2; round++) {
      const { states, values, nextValues, truncated } = await collector.collect();
      for (let t = 0; t < 8; t++) {
        const at = 2 * t + 1;
        const { before, after } = seen[8 * round + t];
        expect(states.subarray(at * policy.stateSize, (at + 1) * policy.stateSize)).toEqual(state);
        expect(values[at]).toBe(policy.value(Float32Array.from(before), state));
        policy.actDeterministically(Float32Array.from(before), 1, action, undefined, state);
        expect(nextValues[at]).toBe(policy.value(Float32Array.from(after), state));
        expect(truncated[at]).toBe((8 * round + t) % 3 === 2 ? 1 : 0);
        if (truncated[at]) state.fill(0);
      }
    }
  });

  test('evaluated: what happens in an episode depends on what happened in it, and on no other', async () => {
    const envs = new SyncVectorEnv(echoEnv, 2);
    const policy = policyFor(envs);
    const { returns } = await evaluate(policy, envs, 6, 0);
    expect(new Set(returns).size).toBe(1);
    const state = policy.initialState(1);
    const actions = [0, 1, 2].map(() => {
      const action = new Float32Array(1);
      policy.actDeterministically(Float32Array.of(0.5), 1, action, undefined, state);
      return action[0];
    });
    expect(new Set(actions).size).toBe(3);
    expect(returns[0]).toBe(actions[0] + actions[1] + actions[2]);
  });

  test('is asked for its state, and given back from a file as it was', () => {
    const policy = policyFor(new SyncVectorEnv(echoEnv, 1));
    const observation = Float32Array.of(0.5);
    const action = new Float32Array(1);
    expect(() => policy.actDeterministically(observation, 1, action)).toThrow(/acts on a state/);
    expect(() => policy.value(observation)).toThrow(/acts on a state/);

    const file = join(folder, 'policy.safetensors');
    writeFileAtomic(file, encodePolicy(policy, null));
    const { policy: loaded } = loadPolicy(file, engine);
    const states = [policy.initialState(1), loaded.initialState(1)];
    for (let step = 0; step < 3; step++) {
      const [mine, theirs] = [policy, loaded].map((one, i) => {
        const chosen = new Float32Array(1);
        one.actDeterministically(observation, 1, chosen, undefined, states[i]);
        return chosen[0];
      });
      expect(theirs).toBe(mine);
    }
    expect(states[1]).toEqual(states[0]);
  });

  const setupFor = (run: string, more: Partial<RunSetup> = {}): RunSetup => ({
    directory: join(folder, run),
    totalSteps: 1600,
    seed: 3,
    makeEnvs: () => new SyncVectorEnv(() => signEnv({ lengths: [5, 9] }), 4, { name: 'Sign-v0' }),
    policy: { network: 'gru', recurrentSize: 8, hidden: [8], normaliseObservations: true },
    algorithm: { name: 'ppo', rolloutSteps: 20, sequenceLength: 10, minibatchSize: 40, learningRate: 3e-3 },
    evaluation: { episodes: 4, everySteps: 500 },
    checkpoint: { everySteps: 300 },
    ...more,
  });

  test('goes on after a stop to the same bytes, episodes at hand included', async () => {
    await train(setupFor('whole'));
    const stop = new AbortController();
    await train(setupFor('broken', { signal: stop.signal, onProgress: ({ steps }) => steps > 700 && stop.abort() }));
    await train(setupFor('broken', { resume: true }));
    const [whole, broken] = ['whole', 'broken'].map((run) => ({
      policy: readFileSync(join(folder, run, 'policy', 'last.safetensors')).toString('base64'),
      // Without the columns that tell the time.
      progress: readFileSync(join(folder, run, 'progress.csv'), 'utf8')
        .split('\n')
        .map((row) => row.split(',').filter((_, column) => column !== 2 && column !== 3)),
    }));
    expect(broken).toEqual(whole);
  });

  test('is trained by PPO alone, in rollouts that are whole sequences', async () => {
    await expect(train(setupFor('a2c', { algorithm: { name: 'a2c' } }))).rejects.toThrow(
      'Policies with memory (policy.network gru) are trained by ppo only; the algorithm is a2c.',
    );
    const algorithm = { name: 'ppo', rolloutSteps: 20, sequenceLength: 8 } as const;
    await expect(train(setupFor('odd', { algorithm }))).rejects.toThrow(
      'algorithm.rolloutSteps must be a multiple of algorithm.sequenceLength; got 20 and 8.',
    );
  });
});
