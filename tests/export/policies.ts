import { Random } from '../../src/core/random.ts';
import { actionFromRow, choicesOf } from '../../src/core/spaces/action-row.ts';
import { Box, Discrete, MultiBinary, MultiDiscrete, type Space } from '../../src/core/spaces/index.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { Policy, type PolicyConfig, policyDefaults } from '../../src/policy/policy.ts';

const flat = new Box(-Infinity, Infinity, [5]);
const table = new Box(-Infinity, Infinity, [4, 2]);
const bounded = new Box([-1, -2, -Infinity], [1, 3, 0.5], [3]);
const finite = new Box([-1, -2, 10], [1, 3, 12], [3]);
const simplex = new Box(0, 1, [4]);
const allowed = new Discrete(4, -3);
const slots = new MultiDiscrete([2, 4, 3], [0, 5, -1]);

interface Case {
  name: string;
  config: Partial<PolicyConfig>;
  observation?: Space;
  action: Space;
  hasCritic?: boolean;
  masked?: boolean;
}

/** Every distribution, every network, every activation, and what changes their parts. */
export const cases: readonly Case[] = [
  { name: 'categorical-tanh', config: {}, action: new Discrete(3) },
  { name: 'categorical-masked-from-minus-3', config: { activation: 'relu' }, action: allowed, masked: true },
  { name: 'categorical-linear', config: { hidden: [] }, action: new Discrete(6) },
  { name: 'categorical-discrete-sac', config: { activation: 'relu' }, action: new Discrete(2), hasCritic: false },
  { name: 'multi-discrete', config: { activation: 'silu', criticHidden: [3] }, action: slots },
  { name: 'multi-discrete-masked', config: { normaliseObservations: true }, action: slots, masked: true },
  { name: 'multi-binary', config: {}, action: new MultiBinary(4) },
  { name: 'gaussian', config: { normaliseObservations: true, normaliseRewards: true }, action: bounded },
  { name: 'gaussian-unbounded', config: {}, action: new Box(-Infinity, Infinity, [2]) },
  { name: 'gaussian-state-dependent-std', config: { stateDependentStd: true, activation: 'silu' }, action: bounded },
  { name: 'gaussian-gsde', config: { exploration: 'state-dependent', hidden: [6] }, action: bounded },
  { name: 'gaussian-gsde-linear', config: { exploration: 'state-dependent', hidden: [] }, action: bounded },
  {
    name: 'squashed-gaussian',
    config: { distribution: 'squashed-gaussian', activation: 'relu', normaliseObservations: true },
    action: finite,
    hasCritic: false,
  },
  {
    name: 'squashed-gaussian-gsde',
    config: { distribution: 'squashed-gaussian', exploration: 'state-dependent', activation: 'relu' },
    action: finite,
    hasCritic: false,
  },
  { name: 'dirichlet', config: { distribution: 'dirichlet' }, action: simplex },
  { name: 'softmax-gaussian', config: { distribution: 'softmax-gaussian', activation: 'silu' }, action: simplex },
  {
    name: 'softmax-gaussian-state-dependent-std',
    config: { distribution: 'softmax-gaussian', stateDependentStd: true },
    action: simplex,
  },
  {
    name: 'per-item-softmax-gaussian',
    config: { network: 'per-item', distribution: 'softmax-gaussian', normaliseObservations: true },
    observation: table,
    action: simplex,
  },
  {
    name: 'per-item-two-heads',
    config: { network: 'per-item', distribution: 'softmax-gaussian', stateDependentStd: true, activation: 'relu' },
    observation: table,
    action: simplex,
  },
  {
    name: 'per-item-with-none',
    config: { network: 'per-item', distribution: 'dirichlet', activation: 'silu' },
    observation: table,
    action: simplex,
  },
  {
    name: 'per-item-with-none-two-heads',
    config: { network: 'per-item', stateDependentStd: true, hidden: [4] },
    observation: table,
    action: new Box(-1, 1, [4]),
  },
  { name: 'per-item-linear', config: { network: 'per-item', hidden: [] }, observation: table, action: new Discrete(3) },
  {
    name: 'gru-gaussian',
    config: { network: 'gru', hidden: [6], recurrentSize: 5, normaliseObservations: true, normaliseRewards: true },
    action: bounded,
  },
  {
    name: 'gru-categorical-masked',
    config: { network: 'gru', hidden: [], recurrentSize: 3, activation: 'relu' },
    action: slots,
    masked: true,
  },
];

/** Random weights of a size that tells, and normalisers that have seen numbers far from 0. */
export function policyOf({ config, observation = flat, action, hasCritic }: Case): Policy {
  const random = new Random(7);
  const policy = new Policy(createCpuEngine(), {
    config: { ...policyDefaults, hidden: [16, 8], ...config },
    observationSpace: observation,
    actionSpace: action,
    maxRows: 16,
    random,
    hasCritic,
  });
  const tensors = policy.model.getTensors();
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    const scale = name.endsWith('weight') ? 1.5 / Math.sqrt(shape[0]) : 0.5;
    for (let i = 0; i < data.length; i++) data[i] = scale * random.normal();
  }
  policy.model.setTensors(tensors);
  const moments = policy.observationNormaliser?.moments;
  moments?.setState({
    count: 100,
    mean: Array.from(moments.mean, (_, i) => (i === 1 ? 1000.013 : 0.3 * i)),
    variance: Array.from(moments.variance, (_, i) => (i === 1 ? 0.0004 : 1 + i)),
  });
  policy.returnMoments?.setState({ count: 100, mean: [7], variance: [9] });
  return policy;
}

export interface Step {
  rows: number;
  observation: number[][];
  mask?: number[][];
  state?: number[][];
}

export interface Answer {
  action: number[][];
  value?: number[][];
  nextState?: number[][];
}

/** An action the distribution might take, and its log-density there. */
export interface Density {
  action: number[];
  logProb: number;
}

export interface Material {
  steps: Step[];
  /** What the policy itself does there. */
  answers: Answer[];
  /** One for each row of each step. */
  densities: Density[][];
}

const table2d = (data: ArrayLike<number>, columns: number): number[][] =>
  Array.from({ length: data.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_, i) => data[row * columns + i]),
  );

/** Observations in batches of several sizes, one after another where the policy remembers. */
export function materialOf(policy: Policy, masked = false): Material {
  const random = new Random(11);
  const { observationSize, maskSize, stateSize, actionSpace, distribution } = policy;
  const moments = policy.observationNormaliser?.moments;
  const material: Material = { steps: [], answers: [], densities: [] };
  let states = policy.initialState(0);
  for (const rows of stateSize > 0 ? [3, 3, 3, 3] : [1, 7, 16]) {
    const observations = Float32Array.from({ length: rows * observationSize }, (_, k) => {
      if (moments === undefined) return random.normal();
      const i = k % moments.size;
      // Now and then so far out that it is clipped.
      return moments.mean[i] + (k % 13 === 0 ? 15 : 1) * Math.sqrt(moments.variance[i]) * random.normal();
    });
    const masks = masked ? masksOf(policy, rows, random) : undefined;
    if (states.length === 0) states = policy.initialState(rows);
    const before = Float32Array.from(states);
    const values = policy.hasCritic
      ? Array.from({ length: rows }, (_, row) => [
          policy.value(
            observations.slice(row * observationSize, (row + 1) * observationSize),
            before.slice(row * stateSize, (row + 1) * stateSize),
          ),
        ])
      : undefined;
    const actions = new Float32Array(rows * distribution.environmentActionSize);
    material.densities.push(densitiesOf(policy, observations, rows, masks, before, random));
    policy.actDeterministically(observations, rows, actions, masks, states);
    material.steps.push({
      rows,
      observation: table2d(observations, observationSize),
      ...(masks && { mask: table2d(masks, maskSize) }),
      ...(stateSize > 0 && { state: table2d(before, stateSize) }),
    });
    material.answers.push({
      action: Array.from({ length: rows }, (_, row) =>
        [actionFromRow(actionSpace, actions, row * distribution.environmentActionSize)].flatMap((action) =>
          typeof action === 'number' ? [action] : Array.from(action as ArrayLike<number>),
        ),
      ),
      value: values,
      ...(stateSize > 0 && { nextState: table2d(Float32Array.from(states), stateSize) }),
    });
  }
  return material;
}

/** At random, with one choice at least in each slot. */
function masksOf({ actionSpace, maskSize }: Policy, rows: number, random: Random): Uint8Array {
  const masks = Uint8Array.from({ length: rows * maskSize }, () => random.integers(0, 2));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const n of choicesOf(actionSpace)) {
      masks[at + random.integers(0, n)] = 1;
      at += n;
    }
  }
  return masks;
}

function densitiesOf(
  policy: Policy,
  observations: Float32Array,
  rows: number,
  masks: Uint8Array | undefined,
  states: Float32Array,
  random: Random,
): Density[] {
  const { actor, distribution, observationSize, maskSize } = policy;
  const normalised = new Float32Array(rows * observationSize);
  policy.normalise(observations, rows, normalised);
  policy.loadRows(normalised, 0, rows);
  for (let row = 0; row < rows; row++) policy.loadState(states, row, row);
  actor.forward(rows);
  const densities = Array.from({ length: rows }, (_, row) => {
    const action = new Float32Array(distribution.actionSize);
    if (masks) distribution.setMask?.(masks, row * maskSize);
    distribution.sample(actor.outputs, row * actor.outputStride, random, action, 0);
    distribution.evaluate(actor.outputs, row * actor.outputStride, action, 0);
    return { action: Array.from(action), logProb: distribution.logProb };
  });
  distribution.setMask?.(undefined, 0);
  return densities;
}

/** The largest difference between two tables, relative to numbers above 1; infinite where they differ in shape. */
export function difference(found: readonly number[][] | undefined, expected: readonly number[][]): number {
  if (found?.length !== expected.length) return Infinity;
  return Math.max(
    ...expected.flatMap((row, r) => {
      if (found[r].length !== row.length) return Infinity;
      return row.map((x, i) => {
        const distance = Math.abs(found[r][i] - x) / Math.max(1, Math.abs(x));
        return Number.isNaN(distance) ? Infinity : distance;
      });
    }),
  );
}
