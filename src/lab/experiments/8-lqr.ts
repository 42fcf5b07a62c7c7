import { quantile } from '../../estimators/statistics.ts';
import { barFigure, lineFigure } from '../../report/figures.ts';
import type { AlgorithmSetting } from '../../training/algorithm-setting.ts';
import { type Experiment, within } from '../experiment.ts';
import { cart, endlessCost, riccati } from '../problems/lqr.ts';
import { checkGradient, ENVS, type GradientCheck, type LinearTraining, trainLinear } from '../problems/lqr-training.ts';

const GAMMA = 0.99;
const BUDGET = 60_000;
const SEEDS = 3;
/** Episodes by which gradients are checked, and the deviation of their actions. */
const SHORT = { horizon: 20, deviation: 0.3, rounds: 250 };
/** Of the excess cost, at which a method is taken to have come near. */
const NEAR = 0.1;
/** Steps at which curves are drawn. */
const GRID = Array.from({ length: 60 }, (_, i) => ((i + 1) * BUDGET) / 60);

interface Method {
  name: string;
  /** To reach the optimum in the long run. */
  training: AlgorithmSetting;
  /** On whole short episodes and without a discount, where its gradient is that of the cost exactly. */
  exact?: AlgorithmSetting;
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
    name: 'SAC',
    training: {
      name: 'sac',
      gamma: GAMMA,
      batchSize: 128,
      bufferSize: BUDGET,
      learningStarts: 500,
      gradientSteps: 2,
      learningRate: { from: 3e-3, to: 0 },
      tau: 0.01,
      entropyCoefficient: 0.03,
      targetEntropy: null,
    },
  },
  {
    name: 'pathwise',
    training: { name: 'pathwise', rolloutSteps: 25, gamma: GAMMA, learningRate: { from: 0.15, to: 0 } },
    exact: { name: 'pathwise', rolloutSteps: SHORT.horizon, ...plain },
  },
];

/** What a method has come to: medians of the seeds along `GRID`. */
interface Course {
  name: string;
  gradient: GradientCheck | undefined;
  /** Cost above the optimum, as a share of it. */
  excess: number[];
  /** Distance of the gain from Riccati's, as a share of that. */
  gainOff: number[];
  /** At the end. */
  gain: number[];
  /** Steps until within `NEAR` of the optimum; `undefined` where all there were did not do. */
  near: number | undefined;
}

export const lqr: Experiment = {
  id: 'lqr',
  title: 'On a linear-quadratic problem every method comes towards the exact gain, and pathwise the fastest',
  paper: 'Recht 2019, "A tour of reinforcement learning: the view from continuous control"',
  formula: `
x' = A x + B u + w,   cost = x'Qx + u'Ru,   u = -K x best of all, with
P = Q + gamma A'P(A - BK),   K = gamma (R + gamma B'PB)^-1 B'PA     (Riccati)
paid for entropy as SAC is:   u ~ N(-K x, alpha / 2 (R + gamma B'PB)^-1),   the same K`,
  about: `A cart on a line, pushed by a force, is to stay at 0: two numbers of state, a quadratic cost, and a little noise. What no other problem here has is an optimum that is known to every digit, the gain K of the Riccati equation. And the cost of any linear controller follows from the second moments of the state, so that policies are judged without playing a single episode.

All methods train the same linear policy from the same start, which holds the cart at twice the least cost, with ${BUDGET.toLocaleString('en-US')} steps, those of ${ENVS} carts together. REINFORCE, A2C, PPO and the pathwise method climb a gradient of the cost: before that, the mean of ${SHORT.rounds} of their gradients on short episodes is held against the exact one. They differ in how far a single one strays, which the table tells: the pathwise gradient knows the dynamics and hardly strays at all, the others learn from rewards alone.

SAC follows no gradient of the cost but that of two learned critics, so it has no such check. It mostly acts between bounds, by a squashed Gaussian. Bounds would bend the optimum, so here it has the plain Gaussian and no bounds, as the others do. Being paid for entropy makes its best actions noisier and leaves their mean where it is. It goes over each transition again and again, which is why it needs fewer of them than PPO; and where its critics are wrong, so is its gain.`,

  async run({ seed, onProgress }) {
    const { gain } = riccati(cart, GAMMA);
    const least = endlessCost(cart, { gain, bias: [0], deviation: 0 }, GAMMA);
    const courses: Course[] = [];
    for (const [m, { name, training, exact }] of methods.entries()) {
      const gradient = exact && (await checkGradient(exact, seed, SHORT));
      const runs: LinearTraining[] = [];
      for (let k = 0; k < SEEDS; k++) {
        runs.push(await trainLinear(training, { seed: seed + k, budget: BUDGET, gamma: GAMMA }));
        onProgress?.((m * SEEDS + k + 1) / (methods.length * SEEDS));
      }
      courses.push({ name, gradient, ...courseOf(runs, least, gain[0]) });
    }
    const pathwise = courses[courses.length - 1];
    const others = courses.slice(0, -1);
    const checked = courses.flatMap(({ name, gradient }) => (gradient ? [{ name, ...gradient }] : []));
    const sac = courses.find(({ name }) => name === 'SAC')!;
    const end = GRID.length - 1;

    return {
      verdicts: [
        ...checked.map(({ name, off }) =>
          within(`${name}: gradient off the exact one, standard errors, largest of three weights`, off, 0, 4.5),
        ),
        within('pathwise: cost above the optimum at the end, share of it, median', pathwise.excess[end], 0, 0.01),
        within("pathwise: gain off Riccati's, share of it, median", pathwise.gainOff[end], 0, 0.1),
        within('SAC: cost above the optimum at the end, share of it, median', sac.excess[end], 0, NEAR),
        ...others.map(({ name, near = BUDGET }) =>
          within(
            `steps to within 10 % of the optimum, or all there were: ${name} / pathwise`,
            near / (pathwise.near ?? Number.NaN),
            2,
            Infinity,
          ),
        ),
      ],
      figures: [
        lineFigure({
          title: 'Cost above the optimum, sample for sample',
          xLabel: 'environment steps',
          yLabel: "share of the optimum's cost",
          note: `median of ${SEEDS} seeds`,
          x: GRID,
          series: courses.map(({ name, excess }) => ({ name, values: excess })),
          logY: true,
        }),
        lineFigure({
          title: 'How far the gain is from the exact one, sample for sample',
          xLabel: 'environment steps',
          yLabel: '|K - K of Riccati| / |K of Riccati|',
          note: `median of ${SEEDS} seeds`,
          x: GRID,
          series: courses.map(({ name, gainOff }) => ({ name, values: gainOff })),
          logY: true,
        }),
        barFigure({
          title: 'The gain at the end',
          xLabel: 'what the force answers to',
          yLabel: 'gain',
          note: `median of ${SEEDS} seeds`,
          width: 1000,
          categories: ['position', 'velocity'],
          series: [
            ...courses.map((course) => ({ name: course.name, values: course.gain })),
            { name: 'Riccati, exact', values: gain[0] },
          ],
        }),
      ],
      tables: [
        {
          caption: 'Each method',
          columns: [
            'Method',
            'Deviation of one gradient',
            'Steps to within 10 % of the optimum',
            'Cost above it at the end',
            'Gain off at the end',
          ],
          rows: courses.map(({ name, gradient, near, excess, gainOff }) => [
            name,
            gradient ? gradient.spread.toPrecision(3) : '-',
            near === undefined ? `not in ${BUDGET.toLocaleString('en-US')}` : near.toLocaleString('en-US'),
            percent(excess[end]),
            percent(gainOff[end]),
          ]),
          emphasis: [],
        },
      ],
    };
  },
};

function courseOf(
  runs: readonly LinearTraining[],
  least: number,
  best: readonly number[],
): Omit<Course, 'name' | 'gradient'> {
  const medians = (value: (run: LinearTraining, update: number) => number): number[] =>
    GRID.map((step) => median(runs.map((run) => value(run, lastUpdateBefore(run, step)))));
  const excess = medians(({ costs }, update) => costs[update] / least - 1);
  return {
    excess,
    gainOff: medians(({ gains }, update) => distance(gains[update][0], best) / Math.hypot(...best)),
    gain: best.map((_, i) => median(runs.map(({ gains }) => gains[gains.length - 1][0][i]))),
    near: GRID[excess.findIndex((value) => value < NEAR)],
  };
}

/** The one whose outcome is known after so many steps; the first, where there was none. */
function lastUpdateBefore({ steps }: LinearTraining, step: number): number {
  return Math.max(
    0,
    steps.findLastIndex((taken) => taken <= step),
  );
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, i) => value - b[i]));
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
