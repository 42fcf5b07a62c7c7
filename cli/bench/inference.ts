import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, policyDefaults } from '../../src/policy/policy.ts';

/** Observations to act on at once: one, as out in the world, and as many as there may be environments. */
export const batches = [1, 64] as const;

/** Calls between two looks at the clock. */
const CALLS = 100;

/** Actions a second of a policy for CartPole-v1, 64-64 tanh, without exploring; in one thread. */
export function measureInference(rows: number, seconds: number): number {
  const policy = new Policy(createCpuEngine(), {
    config: policyDefaults,
    observationSpace: new Box(-Infinity, Infinity, [4]),
    actionSpace: new Discrete(2),
    maxRows: rows,
    random: new Random(0),
  });
  const random = new Random(1);
  const observations = Float32Array.from({ length: rows * 4 }, () => random.normal());
  const actions = new Float32Array(rows);
  const actFor = (milliseconds: number): number => {
    const start = performance.now();
    let calls = 0;
    do {
      for (let call = 0; call < CALLS; call++) policy.actDeterministically(observations, rows, actions);
      calls += CALLS;
    } while (performance.now() - start < milliseconds);
    return (1000 * calls * rows) / (performance.now() - start);
  };
  try {
    actFor(Math.min(500, seconds * 1000));
    return actFor(seconds * 1000);
  } finally {
    policy.model.dispose();
  }
}
