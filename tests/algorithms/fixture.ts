import { createRollout, type Rollout } from '../../src/algorithms/rollout.ts';
import { Random } from '../../src/core/random.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { Discrete } from '../../src/core/spaces/discrete.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';

const OBSERVATION_SIZE = 3;
const engine = createCpuEngine();

export function createPolicy(
  actionSpace: Space,
  maxRows = 16,
  observationSpace: Space = new Box(-Infinity, Infinity, [OBSERVATION_SIZE]),
  config: Partial<PolicyConfig> = {},
): Policy {
  return new Policy(engine, {
    config: { ...policyDefaults, hidden: [9, 5], ...config },
    observationSpace,
    actionSpace,
    maxRows,
    random: new Random(1),
  });
}

/** A rollout of random observations and rewards under the policy itself, truncated and terminated here and there. */
export function collect(policy: Policy, steps: number, numEnvs: number): Rollout {
  const random = new Random(2);
  const { distribution, actor, critic, stateSize } = policy;
  const rollout = createRollout({
    steps,
    numEnvs,
    observationSize: OBSERVATION_SIZE,
    actionSize: distribution.actionSize,
    maskSize: 0,
    stateSize,
  });
  for (let i = 0; i < rollout.observations.length; i++) rollout.observations[i] = random.normal();
  const states = policy.initialState(numEnvs);
  for (let t = 0; t < steps; t++) {
    rollout.states.set(states, t * numEnvs * stateSize);
    policy.loadRows(rollout.observations, t * numEnvs, numEnvs);
    for (let i = 0; i < numEnvs; i++) policy.loadState(states, i, i);
    actor.forward(numEnvs);
    critic.forward(numEnvs);
    for (let i = 0; i < numEnvs; i++) {
      const at = t * numEnvs + i;
      const actionAt = at * distribution.actionSize;
      distribution.sample(actor.outputs, i * actor.outputStride, random, rollout.actions, actionAt);
      distribution.evaluate(actor.outputs, i * actor.outputStride, rollout.actions, actionAt);
      rollout.logProbs[at] = distribution.logProb;
      rollout.values[at] = critic.outputs[i * critic.outputStride];
      rollout.nextValues[at] = random.normal();
      rollout.rewards[at] = random.normal();
      rollout.terminated[at] = random.double() < 0.1 ? 1 : 0;
      rollout.truncated[at] = random.double() < 0.1 ? 1 : 0;
      policy.saveState(i, states, i);
      if (rollout.terminated[at] || rollout.truncated[at]) states.fill(0, i * stateSize, (i + 1) * stateSize);
    }
  }
  return rollout;
}

export const ACTION_SPACES: [string, Space][] = [
  ['discrete', new Discrete(3)],
  ['continuous', new Box(-1, 1, [2])],
];

/**
 * Holds the gradient of an update that just took a first step of Adam against finite differences of the loss it
 * reports: the first moment is then (1 - beta1) times the gradient.
 */
export function expectGradientOf(policy: Policy, loss: () => number): void {
  const { firstMoments } = policy.model.getOptimiserState();
  const tensors = policy.model.getTensors();
  const step = 2 ** -8;
  for (const [name, tensor] of Object.entries(tensors)) {
    for (const i of [0, Math.floor(tensor.data.length / 2), tensor.data.length - 1]) {
      const at = (offset: number): number => {
        const moved = Float32Array.from(tensor.data);
        moved[i] += offset;
        policy.model.setTensors({ ...tensors, [name]: { shape: tensor.shape, data: moved } });
        return loss();
      };
      const slope = (at(step) - at(-step)) / (2 * step);
      const found = firstMoments[name].data[i] / 0.1;
      if (!(Math.abs(found - slope) < 2e-3 * Math.max(1, Math.abs(slope)))) {
        throw new Error(`${name}[${i}]: the gradient is ${found}, finite differences give ${slope}`);
      }
    }
  }
  policy.model.setTensors(tensors);
}
