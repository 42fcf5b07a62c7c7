import { Random } from '../../core/random.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { gae, type Segments } from '../../estimators/gae.ts';
import { lineFigure } from '../../report/figures.ts';
import { type Experiment, within } from '../experiment.ts';
import { littleMaze, MAZE_LOGITS } from '../problems/little-maze.ts';
import {
  actionValuesOf,
  sampleTrajectory,
  softmaxPolicy,
  type TabularPolicy,
  type Trajectory,
  tabularMdp,
  uniformPolicy,
  valuesOf,
} from '../problems/tabular-mdp.ts';
import { VectorMoments } from '../problems/vector-moments.ts';

const LAMBDAS = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1];
const SEGMENTS = 20_000;
/** Long enough for what is cut off to be worth 0.9^80 = 0.0002 of it. */
const STEPS = 80;
/** What the value function is wrong by, a room. */
const ERRORS = Float64Array.of(1.5, -1, 0.8, 0);

const WALK = { states: 19, episodes: 60, runs: 60, stepSize: 0.1 };

export const gaeTrade: Experiment = {
  id: 'gae',
  title: 'GAE trades bias for variance, and sparse rewards decide what the trade is worth',
  paper: 'Schulman et al. 2016, "High-dimensional continuous control using generalized advantage estimation"',
  formula: `
advantage = sum_l (gamma lambda)^l delta_{t+l},   delta_t = r_t + gamma V(s_t+1) - V(s_t),   V = V_pi + e
E[advantage | s, a] - A_pi(s, a) = gamma (1 - lambda) sum_l (gamma lambda)^l E[e(s_{t+l+1})] - e(s)
-e(s) depends on the state alone and moves no gradient: at lambda = 1 it is all the bias there is`,
  about: `The maze of the first experiment, without end, at gamma = 0.9. The value function is off by e = ${Array.from(ERRORS.subarray(0, 3)).join(', ')} in its three rooms. ${SEGMENTS.toLocaleString('en-US')} episodes begin with each room and door, and the library's GAE gives the advantage of that first step; its mean is held against the formula, whose sum is the solution of a linear system. In the figure the part of the bias that depends on the room alone is left out.

Then values are learned from lambda-returns where only the end pays. On a way without chance Monte Carlo knows all after one episode, and TD carries the reward back by a room an episode. On a random walk the return is a coin toss, and Monte Carlo stays as noisy as that.`,

  run({ seed, onProgress }) {
    const random = new Random(seed);
    const mdp = littleMaze(0.9);
    const policy = softmaxPolicy(MAZE_LOGITS, mdp.actions);
    const values = valuesOf(mdp, policy);
    const wrong = values.map((value, s) => value + ERRORS[s]);
    const truth = actionValuesOf(mdp, values).map((q, at) => q - values[Math.floor(at / mdp.actions)]);
    const biases = LAMBDAS.map((lambda) => biasOf(mdp, policy, lambda));

    // The first advantage of segments that begin in each room with each door.
    const found = LAMBDAS.map(() => truth.map(() => 0));
    const spread = LAMBDAS.map(() => 0);
    let furthest = 0;
    const pairs = truth.length - mdp.actions;
    for (let at = 0; at < pairs; at++) {
      const segments = segmentsFrom(mdp, policy, wrong, at, random);
      LAMBDAS.forEach((lambda, k) => {
        const moments = new VectorMoments(1);
        for (const advantage of firstAdvantages(segments, mdp.gamma, lambda)) moments.add([advantage]);
        found[k][at] = moments.mean[0];
        spread[k] += moments.totalVariance / pairs;
        furthest = Math.max(furthest, moments.largestDeviation([truth[at] + biases[k][at]]));
      });
      onProgress?.((0.6 * (at + 1)) / pairs);
    }
    const withoutState = LAMBDAS.map((_, k) => meanSquare(relative(biases[k], policy, mdp)));
    const measured = LAMBDAS.map((_, k) =>
      meanSquare(
        relative(
          found[k].map((value, at) => value - truth[at]),
          policy,
          mdp,
        ),
      ),
    );
    const last = LAMBDAS.length - 1;

    const corridor = learningCurves(corridorMdp(), 12, 1, 1, random);
    const walk = learningCurves(walkMdp(), WALK.episodes, WALK.runs, WALK.stepSize, random);
    onProgress?.(1);

    return {
      verdicts: [
        within(
          'sampled advantages off truth + bias formula, standard errors, all rooms, doors, lambdas',
          furthest,
          0,
          5,
        ),
        within('bias at lambda = 1, but for -e(s)', withoutState[last], 0, 1e-20),
        within('bias at lambda = 0, squared', withoutState[0], 0.05, Infinity),
        within('variance at lambda = 1 / at lambda = 0', spread[last] / spread[0], 1.2, Infinity),
        within('sparse reward, sure corridor, after 1 episode: error of Monte Carlo', corridor.mc[1], 0, 1e-9),
        within('the same of TD', corridor.td[1], 0.5, 1),
        within(
          'noisy walk, after all episodes: error of Monte Carlo / of lambda = 0.8',
          walk.mc[WALK.episodes] / walk.mixed[WALK.episodes],
          1.1,
          Infinity,
        ),
      ],
      figures: [
        lineFigure({
          title: 'Bias falls and variance rises with lambda',
          xLabel: 'lambda',
          yLabel: 'squared error of an advantage',
          x: LAMBDAS,
          series: [
            { name: 'bias squared, formula', values: withoutState, expected: true },
            { name: 'bias squared, sampled', values: measured },
            { name: 'variance, sampled', values: spread },
          ],
        }),
        curvesFigure('A sure way to the reward: Monte Carlo knows at once', corridor),
        curvesFigure('A random walk to the reward: Monte Carlo stays noisy', walk),
      ],
    };
  },
};

/** The formula's bias at s * actions + a, exactly: its sum is the solution of a linear system. */
function biasOf(mdp: TabularMdp, policy: TabularPolicy, lambda: number): Float64Array {
  // sum_l (gamma lambda)^l E[e(s_l)] from each first state on is the value of an income e under the discount gamma lambda.
  const income = Float64Array.from(mdp.rewards, (_, at) => ERRORS[Math.floor(at / mdp.actions)]);
  const sums = valuesOf({ ...mdp, rewards: income, gamma: mdp.gamma * lambda }, policy);
  const next = actionValuesOf({ ...mdp, rewards: new Float64Array(income.length), gamma: 1 }, sums);
  return next.map((sum, at) => mdp.gamma * (1 - lambda) * sum - income[at]);
}

/** What of numbers a room and door is not a matter of the room alone: their distance from the policy's mean there. */
function relative(numbers: Float64Array, policy: TabularPolicy, { states, actions, terminal }: TabularMdp): number[] {
  const differences: number[] = [];
  for (let s = 0; s < states; s++) {
    if (terminal[s]) continue;
    let mean = 0;
    for (let a = 0; a < actions; a++) mean += policy[s * actions + a] * numbers[s * actions + a];
    for (let a = 0; a < actions; a++) differences.push(numbers[s * actions + a] - mean);
  }
  return differences;
}

function meanSquare(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value ** 2, 0) / numbers.length;
}

/** Episodes that begin with a given state and action, side by side. */
function segmentsFrom(
  mdp: TabularMdp,
  policy: TabularPolicy,
  values: Float64Array,
  first: number,
  random: Random,
): Segments {
  const state = Math.floor(first / mdp.actions);
  const forced = policy.map((probability, at) =>
    Math.floor(at / mdp.actions) === state ? (at === first ? 1 : 0) : probability,
  );
  const start = mdp.start.map((_, s) => (s === state ? 1 : 0));
  const segments = emptySegments(STEPS, SEGMENTS);
  for (let i = 0; i < SEGMENTS; i++) {
    const opening = sampleTrajectory({ ...mdp, start }, forced, 1, random);
    const onward = mdp.start.map((_, s) => (s === opening.states[1] ? 1 : 0));
    const rest = sampleTrajectory({ ...mdp, start: onward }, policy, STEPS - 1, random);
    write(segments, i, mdp, values, {
      ...rest,
      states: [state, ...rest.states],
      actions: [...opening.actions, ...rest.actions],
    });
  }
  return segments;
}

function emptySegments(steps: number, numEnvs: number): Segments {
  const size = steps * numEnvs;
  return {
    steps,
    numEnvs,
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    terminated: new Uint8Array(size).fill(1),
    truncated: new Uint8Array(size),
  };
}

/** Writes a trajectory into column i. What comes after its end is over at once and worth nothing. */
function write(segments: Segments, i: number, mdp: TabularMdp, values: Float64Array, trajectory: Trajectory): void {
  const { states, actions } = trajectory;
  actions.forEach((a, t) => {
    const at = t * segments.numEnvs + i;
    segments.rewards[at] = mdp.rewards[states[t] * mdp.actions + a];
    segments.values[at] = values[states[t]];
    segments.nextValues[at] = values[states[t + 1]];
    segments.terminated[at] = mdp.terminal[states[t + 1]];
  });
}

function firstAdvantages(segments: Segments, gamma: number, lambda: number): Float64Array {
  const size = segments.steps * segments.numEnvs;
  const advantages = new Float64Array(size);
  gae(segments, gamma, lambda, advantages, new Float64Array(size));
  return advantages.subarray(0, segments.numEnvs);
}

/** Nine rooms in a row and one way, with a reward at its end. */
function corridorMdp(): TabularMdp {
  return tabularMdp([...Array.from({ length: 9 }, (_, s) => [[[1, s + 1, s === 8 ? 1 : 0] as const]]), []], 1);
}

/** Sutton and Barto's random walk: a step to either side with the same chance, a reward at the right end only. */
function walkMdp(): TabularMdp {
  const { states } = WALK;
  const right = states;
  const left = states + 1;
  const rooms = Array.from({ length: states }, (_, s) => [
    [
      [0.5, s === 0 ? left : s - 1, 0] as const,
      [0.5, s === states - 1 ? right : s + 1, s === states - 1 ? 1 : 0] as const,
    ],
  ]);
  return tabularMdp([...rooms, [], []], 1, (states - 1) / 2);
}

interface Curves {
  td: number[];
  mixed: number[];
  mc: number[];
}

/** Root mean squared error of values learned from lambda-returns, after so many episodes, over runs. */
function learningCurves(mdp: TabularMdp, episodes: number, runs: number, stepSize: number, random: Random): Curves {
  const policy = uniformPolicy(mdp);
  const truth = valuesOf(mdp, policy);
  const curve = (lambda: number): number[] => {
    const errors = new Array<number>(episodes + 1).fill(0);
    for (let run = 0; run < runs; run++) {
      const values = new Float64Array(mdp.states);
      errors[0] += errorOf(values, truth) / runs;
      for (let episode = 1; episode <= episodes; episode++) {
        learn(mdp, policy, values, lambda, stepSize, random);
        errors[episode] += errorOf(values, truth) / runs;
      }
    }
    return errors;
  };
  return { td: curve(0), mixed: curve(0.8), mc: curve(1) };
}

/** Moves values towards the lambda-returns of one episode. */
function learn(
  mdp: TabularMdp,
  policy: TabularPolicy,
  values: Float64Array,
  lambda: number,
  stepSize: number,
  random: Random,
): void {
  // Every episode of these problems ends.
  const trajectory = sampleTrajectory(mdp, policy, Infinity, random);
  const steps = trajectory.actions.length;
  const segments = emptySegments(steps, 1);
  write(segments, 0, mdp, values, trajectory);
  const returns = new Float64Array(steps);
  gae(segments, mdp.gamma, lambda, new Float64Array(steps), returns);
  returns.forEach((target, t) => {
    const state = trajectory.states[t];
    values[state] += stepSize * (target - values[state]);
  });
}

function errorOf(values: Float64Array, truth: Float64Array): number {
  return Math.hypot(...values.map((value, s) => value - truth[s])) / Math.sqrt(values.length);
}

function curvesFigure(title: string, { td, mixed, mc }: Curves): string {
  return lineFigure({
    title,
    xLabel: 'episodes',
    yLabel: 'error of the values (root mean square)',
    x: td.map((_, episode) => episode),
    series: [
      { name: 'TD, lambda = 0', values: td },
      { name: 'lambda = 0.8', values: mixed },
      { name: 'Monte Carlo, lambda = 1', values: mc },
    ],
  });
}
