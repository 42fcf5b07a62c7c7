import { SyncVectorEnv } from '../../core/sync-vector-env.ts';
import { createCpuEngine } from '../../engine/wasm/engine.ts';
import { type PolicyConfig, policyDefaults } from '../../policy/policy.ts';
import { lineFigure } from '../../report/figures.ts';
import type { AlgorithmSetting } from '../../training/algorithm-setting.ts';
import type { Learner } from '../../training/learner.ts';
import { createLearner } from '../../training/learners/index.ts';
import { type Experiment, within } from '../experiment.ts';
import { cart, episodeCost, type LinearPolicy, LinearQuadraticRegulator, riccati } from '../problems/lqr.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

const GAMMA = 0.99;
/** Steps after which a discounted cost no longer grows. */
const FOREVER = 1500;
const ENVS = 16;
const BUDGET = 60_000;
const SEEDS = 3;
const SHORT = { horizon: 20, deviation: 0.3, rounds: 250 };

/** Where every method starts: a controller that holds the cart, at twice the cost there has to be. */
const FIRST = Float32Array.of(-0.5, -0.8);

interface Method {
  name: string;
  /** To reach the optimum in the long run. */
  training: AlgorithmSetting;
  /** On whole short episodes and without a discount, where its gradient is that of the cost exactly. */
  exact: AlgorithmSetting;
}

const plain = { gamma: 1, learningRate: 0, maxGradientNorm: Infinity } as const;
const methods: readonly Method[] = [
  {
    name: 'REINFORCE',
    training: {
      name: 'reinforce',
      episodes: ENVS,
      gamma: GAMMA,
      learningRate: { from: 0.1, to: 0 },
      normaliseAdvantages: true,
    },
    exact: { name: 'reinforce', episodes: ENVS, ...plain },
  },
  {
    name: 'A2C',
    training: {
      name: 'a2c',
      rolloutSteps: 20,
      gamma: GAMMA,
      lambda: 0.95,
      learningRate: { from: 0.03, to: 0 },
      normaliseAdvantages: true,
    },
    exact: { name: 'a2c', rolloutSteps: SHORT.horizon, lambda: 1, ...plain },
  },
  {
    name: 'PPO',
    training: {
      name: 'ppo',
      rolloutSteps: 50,
      epochs: 10,
      minibatchSize: 200,
      gamma: GAMMA,
      learningRate: { from: 0.01, to: 0 },
    },
    exact: {
      name: 'ppo',
      rolloutSteps: SHORT.horizon,
      epochs: 1,
      minibatchSize: ENVS * SHORT.horizon,
      lambda: 1,
      normaliseAdvantages: false,
      ...plain,
    },
  },
  {
    name: 'pathwise',
    training: { name: 'pathwise', rolloutSteps: 25, gamma: GAMMA, learningRate: { from: 0.15, to: 0 } },
    exact: { name: 'pathwise', rolloutSteps: SHORT.horizon, ...plain },
  },
];

export const lqr: Experiment = {
  id: 'lqr',
  title: 'On a linear-quadratic problem every method climbs the exact gradient, and pathwise the fastest',
  paper: 'Recht 2019, "A tour of reinforcement learning: the view from continuous control"',
  formula: `
x' = A x + B u + w,   cost = x'Qx + u'Ru,   u = -K x best of all, with
P = Q + gamma A'P(A - BK),   K = gamma (R + gamma B'PB)^-1 B'PA     (Riccati)`,

  async run({ seed, onProgress }) {
    const { gain } = riccati(cart, GAMMA);
    const least = costOf({ gain, bias: [0], deviation: 0 });
    const share = 1 / (methods.length * (SEEDS + 1));

    const gradients: { name: string; off: number; spread: number }[] = [];
    const curves: { name: string; steps: number[]; excess: number[]; gainError: number }[] = [];
    for (const [m, { name, training, exact }] of methods.entries()) {
      gradients.push({ name, ...(await gradientCheck(exact, seed)) });
      const runs: Awaited<ReturnType<typeof trained>>[] = [];
      for (let k = 0; k < SEEDS; k++) {
        runs.push(await trained(training, seed + k, least));
        onProgress?.((m * (SEEDS + 1) + k + 2) * share);
      }
      const final = runs.map(({ policy }) => gainDistance(policy.gain, gain));
      curves.push({
        name,
        steps: runs[0].steps,
        excess: runs[0].steps.map((_, i) => median(runs.map(({ excess }) => excess[i]))),
        gainError: median(final),
      });
    }
    const grid = Array.from({ length: 60 }, (_, i) => ((i + 1) * BUDGET) / 60);
    const onGrid = ({ steps, excess }: { steps: number[]; excess: number[] }): number[] =>
      grid.map(
        (step) =>
          excess[
            Math.max(
              0,
              steps.findLastIndex((taken) => taken <= step),
            )
          ],
      );
    const reached = ({ steps, excess }: { steps: number[]; excess: number[] }): number =>
      steps[excess.findIndex((value) => value < 0.1)] ?? Infinity;
    const pathwise = curves[curves.length - 1];

    return {
      verdicts: [
        ...gradients.map(({ name, off }) =>
          within(`${name}: gradient off the exact one, standard errors, largest of three weights`, off, 0, 4.5),
        ),
        within(
          'pathwise: cost above the optimum at the end, median',
          pathwise.excess[pathwise.excess.length - 1],
          0,
          0.01,
        ),
        within('pathwise: gain off that of Riccati, relative', pathwise.gainError, 0, 0.1),
        ...curves
          .slice(0, -1)
          .map((curve) =>
            within(
              `steps to within 10 % of the optimum, or all there were: ${curve.name} / pathwise`,
              Math.min(reached(curve), BUDGET) / reached(pathwise),
              2,
              Infinity,
            ),
          ),
      ],
      figures: [
        lineFigure({
          title: 'Cost above the optimum, sample for sample',
          xLabel: 'environment steps',
          yLabel: `share of the optimum's cost, median of ${SEEDS} seeds`,
          x: grid,
          series: curves.map((curve) => ({ name: curve.name, values: onGrid(curve) })),
          logY: true,
        }),
      ],
      tables: [
        {
          caption: 'Each method',
          columns: ['Method', 'Deviation of one gradient', 'Steps to 10 %', 'Cost above optimum', 'Gain off'],
          rows: curves.map((curve, i) => [
            curve.name,
            gradients[i].spread,
            reached(curve),
            curve.excess[curve.excess.length - 1],
            curve.gainError,
          ]),
          emphasis: [],
        },
      ],
    };
  },
};

/** A learner whose policy is linear, and begins at `FIRST`. */
async function open(
  algorithm: AlgorithmSetting,
  seed: number,
  makeEnvs: () => SyncVectorEnv,
  policy: Partial<PolicyConfig>,
): Promise<Learner> {
  const learner = await createLearner(algorithm, {
    seed,
    engine: createCpuEngine(),
    policy: { ...policyDefaults, hidden: [], criticHidden: [64, 64], ...policy },
    openEnvs: async () => makeEnvs(),
    maxRows: ENVS,
  });
  const { model } = learner.policy;
  const tensors = model.getTensors();
  model.setTensors({ ...tensors, 'actor.0.weight': { ...tensors['actor.0.weight'], data: FIRST } });
  await learner.start();
  return learner;
}

function costOf(policy: LinearPolicy): number {
  return episodeCost(cart, policy, FOREVER, GAMMA);
}

/** A linear policy as its controller. */
function controllerOf({ policy }: Learner): LinearPolicy {
  const tensors = policy.model.getTensors();
  return {
    gain: [[...tensors['actor.0.weight'].data].map((weight) => -weight)],
    bias: [...tensors['actor.0.bias'].data],
    deviation: 0,
  };
}

/** How far above the optimum the policy's mean action is, exactly, after each update. */
async function trained(algorithm: AlgorithmSetting, seed: number, least: number) {
  const makeEnvs = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart), ENVS, { maxEpisodeSteps: 100 });
  // Scaled rewards suit critics; the pathwise gradient differentiates them as they are.
  const learner = await open(algorithm, seed, makeEnvs, {
    logStdInitial: -1,
    normaliseRewards: algorithm.name !== 'pathwise',
  });
  const steps: number[] = [];
  const excess: number[] = [];
  for (let taken = 0; taken < BUDGET; ) {
    taken += (await learner.learn(taken / BUDGET)).steps;
    steps.push(taken);
    excess.push(costOf(controllerOf(learner)) / least - 1);
  }
  const policy = controllerOf(learner);
  await learner.close();
  return { steps, excess, policy };
}

/** Gradients of one update each against the exact one: standard errors off, and the deviation of a single one. */
async function gradientCheck(algorithm: AlgorithmSetting, seed: number): Promise<{ off: number; spread: number }> {
  const { horizon, deviation, rounds } = SHORT;
  const makeEnvs = () => new SyncVectorEnv(() => new LinearQuadraticRegulator(cart, horizon), ENVS);
  const learner = await open(algorithm, seed, makeEnvs, { logStdInitial: Math.log(deviation) });
  const { model } = learner.policy;
  const truth = exactGradient([...FIRST, 0], deviation, horizon).map((slope) => slope / horizon);

  const moments = new VectorMoments(truth.length);
  let before = truth.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    await learner.learn(0);
    // The learning rate is 0: Adam only gathers its first moment, 0.9 of the one before and 0.1 of the gradient.
    const { firstMoments } = model.getOptimiserState();
    const now = [...firstMoments['actor.0.weight'].data, ...firstMoments['actor.0.bias'].data];
    moments.add(now.map((value, i) => (value - 0.9 * before[i]) / 0.1));
    before = now;
  }
  await learner.close();
  return { off: moments.largestDeviation(truth), spread: Math.sqrt(moments.totalVariance) };
}

/** d cost / d [weights, bias], by differences of the exact cost. */
function exactGradient(parameters: readonly number[], deviation: number, horizon: number): number[] {
  const cost = ([position, velocity, bias]: readonly number[]): number =>
    episodeCost(cart, { gain: [[-position, -velocity]], bias: [bias], deviation }, horizon);
  return parameters.map((_, i) => {
    const moved = (by: number) => parameters.map((value, k) => (k === i ? value + by : value));
    return (cost(moved(1e-5)) - cost(moved(-1e-5))) / 2e-5;
  });
}

function gainDistance(gain: number[][], best: number[][]): number {
  const difference = gain[0].map((value, i) => value - best[0][i]);
  return Math.hypot(...difference) / Math.hypot(...best[0]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
