import { type PpoConfig, ppoDefaults } from '../../algorithms/ppo.ts';
import type { Schedule } from '../../algorithms/schedule.ts';
import { softValueIteration } from '../../algorithms/soft-value-iteration.ts';
import { Random } from '../../core/random.ts';
import { quantile } from '../../estimators/statistics.ts';
import { barFigure, lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import { corridor } from '../problems/corridor.ts';
import { entropySlope, logitOf, slopeError, stepsOut } from '../problems/entropy-slope.ts';
import { ALPHA, divergence, MAZE, perturb, ROOMS, softValuesOf } from '../problems/soft-maze.ts';
import { startValue, type TabularPolicy, uniformPolicy, valuesOf } from '../problems/tabular-mdp.ts';
import { trainTabular } from '../problems/tabular-training.ts';

const PERTURBATIONS = 1000;
const RUNS = 3;
const MAZE_BATCHES = 60;
const MAZE_CONFIG: PpoConfig = {
  ...ppoDefaults,
  rolloutSteps: 64,
  minibatchSize: 256,
  epochs: 4,
  learningRate: { from: 0.03, to: 0 },
  gamma: MAZE.gamma,
  maxGradientNorm: Infinity,
  entropyIn: 'reward',
  entropyCoefficient: ALPHA,
};

/** A small reward next door, a large one fifteen doors away. */
const CORRIDOR = corridor({ rooms: 16, start: 1, left: 1, right: 5, slip: 0, gamma: 0.95 });
const SEEDS = 16;
const CORRIDOR_BATCHES = 60;
/** Exact returns are worked out after every so many batches. */
const EVERY = 3;
const CORRIDOR_CONFIG: PpoConfig = {
  ...ppoDefaults,
  rolloutSteps: 32,
  epochs: 4,
  learningRate: 0.05,
  gamma: CORRIDOR.gamma,
  maxGradientNorm: Infinity,
  entropyIn: 'reward',
};
const TEMPERATURES: readonly { name: string; alpha: Schedule }[] = [
  { name: 'no entropy', alpha: 0 },
  { name: 'alpha 0.5', alpha: 0.5 },
  { name: 'alpha 0.5, annealed to 0', alpha: { from: 0.5, to: 0 } },
];

export const maximumEntropy: Experiment = {
  id: 'maximum-entropy',
  title:
    'Paid for entropy, the best policy is the Boltzmann policy, and annealing the price gets out of a local optimum',
  paper:
    'Ziebart 2010, "Modeling purposeful adaptive behavior with the principle of maximum causal entropy"; Haarnoja et al. 2017',
  formula: `
J(pi) = E[ sum_t gamma^t (r_t + alpha H(pi(.|s_t))) ]
pi* = exp((Q - V) / alpha),   Q = r + gamma E[V(s')],   V = alpha log sum_a exp(Q / alpha)
V*(s) - V_pi(s) = alpha E_pi[ sum_t gamma^t KL(pi(.|s_t) || pi*(.|s_t)) ] >= 0
dH/dlogit_i = -p_i (log p_i + H)        goes to 0 with p_i
dH/dp = log((1 - p) / p), two choices   grows without end`,
  about: `The maze of the first experiment again, without end, at a price of alpha = ${ALPHA} a nat. Soft value iteration gives the Boltzmann policy, and ${PERTURBATIONS.toLocaleString('en-US')} policies around it are worth less, by exactly what the third line says: a divergence is never negative, so nothing is worth more. PPO with entropy in its rewards is then trained from nothing, ${RUNS} times, and ends where the formula has it.

Entropy pulls at a policy by its logits, and where one choice is all but certain that pull is gone, although by the probability itself it grows without end. So a bonus keeps a policy from becoming certain and cannot bring one back that is: from p = 1e-4 the way back to 1/4 takes about seven times as many steps as from 1e-3.

In the corridor the near reward is one door away and the far one, five times as large, fifteen. Without entropy training takes the near one, nearly always. With a fixed price it goes on wandering, which is paid better than either. A price that falls to nothing explores first and settles then.`,

  async run({ seed, onProgress }) {
    const best = softValueIteration(MAZE, { alpha: ALPHA, tolerance: 1e-13 });
    const perturbed = perturb(PERTURBATIONS, best.policy, best.values, new Random(seed));
    onProgress?.(0.05);

    const trained: TabularPolicy[][] = [];
    for (let run = 0; run < RUNS; run++) {
      const options = { numEnvs: 16, maxEpisodeSteps: 100, seed: seed * RUNS + run };
      trained.push(await trainTabular(MAZE, MAZE_CONFIG, options, MAZE_BATCHES));
      onProgress?.(0.05 + (0.15 * (run + 1)) / RUNS);
    }
    const ends = trained.map((policies) => policies[MAZE_BATCHES]);
    const furthest = (policy: TabularPolicy): number =>
      Math.max(...ROOMS.map((s) => divergence(policy, best.policy, s)));
    const shareOfBest = (policy: TabularPolicy): number =>
      startValue(MAZE, softValuesOf(policy)) / startValue(MAZE, best.values);

    const far = startValue(CORRIDOR, softValueIteration(CORRIDOR, { alpha: 0 }).values);
    const curves: number[][][] = [];
    for (const [arm, { alpha }] of TEMPERATURES.entries()) {
      curves.push([]);
      for (let i = 0; i < SEEDS; i++) {
        const config = { ...CORRIDOR_CONFIG, entropyCoefficient: alpha };
        const options = { numEnvs: 8, maxEpisodeSteps: 100, seed: seed * SEEDS + i };
        const policies = await trainTabular(CORRIDOR, config, options, CORRIDOR_BATCHES);
        const kept = policies.filter((_, batch) => batch % EVERY === 0);
        curves[arm].push(kept.map((policy) => startValue(CORRIDOR, valuesOf(CORRIDOR, policy)) / far));
        onProgress?.(0.2 + (0.8 * (arm * SEEDS + i + 1)) / (SEEDS * TEMPERATURES.length));
      }
    }
    const [none, fixed, annealed] = curves.map((runs) => runs.map((curve) => curve[curve.length - 1]));
    const arrived = (shares: readonly number[]): number => shares.filter((share) => share > 0.9).length;

    const exponents = Array.from({ length: 29 }, (_, i) => 1 + i / 4);
    const slopes = exponents.map((exponent) => entropySlope(logitOf(10 ** -exponent)));
    const smallest = 10 ** -exponents[exponents.length - 1];
    const steps = [1e-2, 1e-3, 1e-4].map(stepsOut);
    const batches = Array.from({ length: CORRIDOR_BATCHES / EVERY + 1 }, (_, k) => EVERY * k);

    return {
      verdicts: [
        within(
          'soft value of the Boltzmann policy off V*, all rooms',
          distance(softValuesOf(best.policy), best.values),
          0,
          1e-9,
        ),
        within(
          `largest gain over it by ${PERTURBATIONS} other policies, all rooms`,
          perturbed.largestGain,
          -Infinity,
          1e-9,
        ),
        within('V* - V_pi off alpha E sum gamma^t KL, all of them', perturbed.largestError, 0, 1e-9),
        within(
          `trained by PPO, ${RUNS} seeds: largest KL(trained || Boltzmann) of a room`,
          Math.max(...ends.map(furthest)),
          0,
          0.03,
        ),
        within('soft value of the worst / best there is', Math.min(...ends.map(shareOfBest)), 0.99, 1 + 1e-9),
        within('dH/dlogit off the slope of H by differences', slopeError(), 0, 1e-4),
        within(
          'p = 1e-8: dH/dlogit / (p log 1/p)',
          slopes[slopes.length - 1] / (smallest * Math.log(1 / smallest)),
          0.99,
          1.01,
        ),
        within('p = 1e-8: dH/dp', slopes[slopes.length - 1] / (smallest * (1 - smallest)), 18, 19),
        within('steps on H alone back to p = 1/4, from 1e-4 / from 1e-3', steps[2] / steps[1], 5, 12),
        within(`seeds of ${SEEDS} that find the far reward without entropy`, arrived(none), 0, SEEDS / 2 - 1),
        within('the same with alpha annealed', arrived(annealed), SEEDS - 2, SEEDS),
        within('alpha not annealed: median share of the best return', quantile(fixed, 0.5), 0, 0.9),
      ],
      figures: [
        barFigure({
          title: 'The Boltzmann policy and what training reaches',
          xLabel: 'room, door',
          yLabel: 'probability',
          categories: ROOMS.flatMap((room) => [`${room}, 0`, `${room}, 1`]),
          series: [
            { name: 'exp((Q - V) / alpha)', values: [...best.policy.subarray(0, 6)] },
            { name: 'PPO paid for entropy', values: [...ends[0].subarray(0, 6)] },
            { name: 'best without entropy', values: [...softValueIteration(MAZE, { alpha: 0 }).policy.subarray(0, 6)] },
          ],
        }),
        temperatureFigure(),
        lineFigure({
          title: 'Training comes to it',
          xLabel: 'batches',
          yLabel: 'KL(trained || Boltzmann), worst room',
          note: `median and range of ${RUNS} seeds`,
          x: Array.from({ length: MAZE_BATCHES + 1 }, (_, batch) => batch),
          logY: true,
          series: [
            spreadOf(
              'PPO paid for entropy',
              trained.map((policies) => policies.map(furthest)),
              [0, 1],
            ),
          ],
        }),
        lineFigure({
          title: 'Near certainty entropy no longer moves logits',
          xLabel: 'x, where the rarer of two choices has p = 10^-x',
          yLabel: 'slope of the entropy',
          x: exponents,
          logY: true,
          series: [
            { name: 'by the logit: p (log 1/p - H)', values: slopes },
            { name: 'by p: log((1 - p) / p)', values: exponents.map((x) => Math.log((1 - 10 ** -x) / 10 ** -x)) },
          ],
        }),
        lineFigure({
          title: 'A small reward next door, a large one fifteen doors away',
          xLabel: 'batches',
          yLabel: 'return, share of the best',
          note: `median, band 10 to 90 % of ${SEEDS} seeds`,
          width: 1000,
          x: batches,
          series: TEMPERATURES.map(({ name }, arm) => spreadOf(name, curves[arm], [0.1, 0.9])),
        }),
      ],
      tables: [
        {
          caption: 'Where training ends',
          columns: ['Price of entropy', 'Seeds that find the far reward', 'Median share of the best return'],
          rows: [none, fixed, annealed].map((shares, arm) => [
            TEMPERATURES[arm].name,
            `${arrived(shares)} of ${SEEDS}`,
            quantile(shares, 0.5),
          ]),
          emphasis: [2],
        },
      ],
    };
  },
};

/** What entropy costs. Where it is all that counts the policy is not uniform: it stays where it can go on choosing. */
function temperatureFigure(): string {
  const exponents = Array.from({ length: 41 }, (_, i) => -2 + i / 10);
  const values = exponents.map((exponent) => {
    const { policy } = softValueIteration(MAZE, { alpha: 10 ** exponent });
    return startValue(MAZE, valuesOf(MAZE, policy));
  });
  const best = startValue(MAZE, softValueIteration(MAZE, { alpha: 0 }).values);
  const uniform = startValue(MAZE, valuesOf(MAZE, uniformPolicy(MAZE)));
  return lineFigure({
    title: 'What entropy costs: the return of the Boltzmann policy',
    xLabel: 'x, where alpha = 10^x',
    yLabel: 'return, entropy not counted',
    note: 'a high alpha pays for staying longer',
    x: exponents,
    series: [
      { name: 'Boltzmann', values, emphasis: true },
      { name: 'best', values: exponents.map(() => best) },
      { name: 'uniform', values: exponents.map(() => uniform) },
    ],
  });
}

function spreadOf(name: string, curves: readonly number[][], [low, high]: readonly [number, number]) {
  const at = (q: number): number[] =>
    curves[0].map((_, i) =>
      quantile(
        curves.map((curve) => curve[i]),
        q,
      ),
    );
  return { name, values: at(0.5), low: at(low), high: at(high) };
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, s) => Math.abs(value - b[s])));
}
