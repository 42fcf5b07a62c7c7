import { type PpoConfig, ppoDefaults, ppoUpdate } from '../../algorithms/ppo.ts';
import type { Rollout } from '../../algorithms/rollout.ts';
import { softValueIteration } from '../../algorithms/soft-value-iteration.ts';
import { Random } from '../../core/random.ts';
import { createCpuEngine } from '../../engine/index.ts';
import { quantile } from '../../estimators/statistics.ts';
import { ppoClipGradient, ppoClipLoss } from '../../objectives/ppo-clip.ts';
import { Policy } from '../../policy/policy.ts';
import { lineFigure } from '../../report/figures.ts';
import { heatmapFigure } from '../../report/heatmap.ts';
import { Collector } from '../../training/collector.ts';
import { type Experiment, within } from '../experiment.ts';
import { corridor } from '../problems/corridor.ts';
import { policyTable, TABULAR_POLICY, tabularEnvs } from '../problems/tabular-env.ts';
import { startValue, type TabularPolicy, valuesOf } from '../problems/tabular-mdp.ts';
import { trainTabular } from '../problems/tabular-training.ts';

const CLIP = 0.2;
const SEEDS = 16;
const BATCHES = 30;
const EPOCHS = 60;

const MDP = corridor({ rooms: 9, start: 4, left: 0, right: 1, slip: 0.1, gamma: 0.95 });
/** Rewards so noisy that a batch can be believed too much. */
const ENVS = { numEnvs: 8, maxEpisodeSteps: 100, noise: 0.5 };
const CONFIG: PpoConfig = {
  ...ppoDefaults,
  rolloutSteps: 16,
  epochs: EPOCHS,
  minibatchSize: 128,
  learningRate: 0.03,
  gamma: MDP.gamma,
  maxGradientNorm: Infinity,
};

/** The clip and a range nothing reaches. */
const ARMS = [
  { name: 'clip at 0.2', clipRange: CLIP },
  { name: 'no clip', clipRange: 1e9 },
] as const;

export const ppoClip: Experiment = {
  id: 'ppo-clip',
  title: "PPO's clip takes the gradient from what has gone far enough, which makes many epochs on a batch safe",
  paper: 'Schulman et al. 2017, "Proximal policy optimization algorithms"',
  formula: `
loss = -min(ratio A, clamp(ratio, 1 - ${CLIP}, 1 + ${CLIP}) A),   ratio = pi(a|s) / pi_old(a|s)
-dloss/dlog pi = 0         where A > 0 and ratio > 1 + ${CLIP},  or A < 0 and ratio < 1 - ${CLIP}
-dloss/dlog pi = ratio A   elsewhere: it has the sign of A, or none`,
  about: `First the loss itself: over a map of ratios and advantages its derivative is held against differences, and nowhere does it point against the advantage. It is nothing where a sample has moved far enough in the direction it was to move. A sample that has gone the wrong way keeps its gradient, however far it is.

Then a corridor of nine rooms, with doors that slip and rewards so noisy (deviation ${ENVS.noise}) that a batch can be believed too much. One batch is used for ${EPOCHS} epochs. With the clip the ratios stay about where it has them: it is no bound, since a step made for one sample moves others too, but what keeps the policy near. Without it the policy makes certain what happened to be paid.

Last, ${SEEDS} trainings of ${BATCHES} batches, ${EPOCHS} epochs each, which is far more than anyone would use. Returns are exact, not sampled. Without the clip the first batches are quicker and many runs never come back from them.`,

  async run({ seed, onProgress }) {
    const map = clipMap();
    const batches = await Promise.all(ARMS.map(({ clipRange }) => oneBatch(clipRange, seed)));
    const [clipped, unclipped] = batches;
    const returns: number[][][] = [];
    for (const [arm, { clipRange }] of ARMS.entries()) {
      returns.push([]);
      for (let i = 0; i < SEEDS; i++) {
        returns[arm].push(await training(clipRange, seed * SEEDS + i));
        onProgress?.((arm * SEEDS + i + 1) / (ARMS.length * SEEDS));
      }
    }
    const [withClip, without] = returns.map((runs) => runs.map((curve) => curve[BATCHES]));
    const lost = (ends: readonly number[]): number => ends.filter((end) => end < 0.5).length;
    const steps = Array.from({ length: BATCHES + 1 }, (_, batch) => batch);
    const epochs = clipped.map(({ epoch }) => epoch);

    return {
      verdicts: [
        within('derivative off the slope by differences, largest of the map', map.largestError, 0, 1e-6),
        within('places whose slope is 0 but should not be, or the other way round', map.wrongZeros, 0, 0),
        within('places where the step goes against the advantage', map.reversals, 0, 0),
        within('one batch: policies after the first epoch, clip - no clip', firstDifference(batches), 0, 0),
        within(`KL(old || new) after ${EPOCHS} epochs with the clip`, clipped[EPOCHS].kl, 0.001, 0.1),
        within('the same without / with', unclipped[EPOCHS].kl / clipped[EPOCHS].kl, 10, Infinity),
        within('furthest ratio from 1, or 1 / ratio, with the clip: it is no bound', furthest(clipped), 1.2, 6),
        within('the same without / with', furthest(unclipped) / furthest(clipped), 2.5, Infinity),
        within(`training: seeds of ${SEEDS} that end below half the best return, with the clip`, lost(withClip), 0, 2),
        within('the same without the clip', lost(without), 2, SEEDS),
      ],
      figures: [
        map.figure,
        lineFigure({
          title: 'The loss of one sample',
          xLabel: 'ratio',
          yLabel: 'loss',
          x: map.ratios,
          series: [1, -1].map((advantage) => ({
            name: `advantage ${advantage}`,
            values: map.ratios.map((ratio) => ppoClipLoss(ratio, advantage, CLIP)),
          })),
        }),
        lineFigure({
          title: 'One batch over and over: the ratios of its samples',
          xLabel: 'epochs on the batch',
          yLabel: 'ratio',
          note: 'median, band from smallest to largest',
          x: epochs,
          logY: true,
          series: ARMS.map(({ name }, arm) => ({
            name,
            values: batches[arm].map(({ median }) => median),
            low: batches[arm].map(({ smallest }) => smallest),
            high: batches[arm].map(({ largest }) => largest),
          })),
        }),
        lineFigure({
          title: 'How far the policy moves from where the batch was taken',
          xLabel: 'epochs on the batch',
          yLabel: 'KL(old || new), nats',
          x: epochs,
          series: ARMS.map(({ name }, arm) => ({ name, values: batches[arm].map(({ kl }) => kl) })),
        }),
        lineFigure({
          title: `Training, ${EPOCHS} epochs on every batch`,
          xLabel: 'batches',
          yLabel: 'share of the best return',
          note: `mean, band 10 to 90 % of ${SEEDS} seeds`,
          width: 1000,
          x: steps,
          series: ARMS.map(({ name }, arm) => {
            const at = (batch: number): number[] => returns[arm].map((curve) => curve[batch]);
            return {
              name,
              values: steps.map((batch) => at(batch).reduce((sum, value) => sum + value, 0) / SEEDS),
              low: steps.map((batch) => quantile(at(batch), 0.1)),
              high: steps.map((batch) => quantile(at(batch), 0.9)),
            };
          }),
        }),
      ],
    };
  },
};

/** The step that the loss asks for, over ratios and advantages, held against slopes of the loss itself. */
function clipMap() {
  const ratios = Array.from({ length: 80 }, (_, i) => 0.4 + 1.2 * ((i + 0.5) / 80));
  const advantages = Array.from({ length: 40 }, (_, i) => 2 - 4 * ((i + 0.5) / 40));
  let largestError = 0;
  let wrongZeros = 0;
  let reversals = 0;
  const step = 1e-6;
  const rows = advantages.map((advantage) =>
    ratios.map((ratio) => {
      const loss = (by: number): number => ppoClipLoss(ratio * Math.exp(by), advantage, CLIP);
      const slope = (loss(step) - loss(-step)) / (2 * step);
      const pastTheClip = Math.sign(advantage) * (ratio - 1) > CLIP;
      largestError = Math.max(largestError, Math.abs(slope - ppoClipGradient(ratio, advantage, CLIP)));
      if (pastTheClip !== (slope === 0)) wrongZeros++;
      if (-slope * advantage < 0) reversals++;
      return -slope;
    }),
  );
  const figure = heatmapFigure({
    title: 'Where log-probability is pushed up, down, or left alone',
    xLabel: 'ratio',
    yLabel: 'advantage',
    note: '-dloss/dlog pi; white is 0',
    xRange: [0.4, 1.6],
    yRange: [2, -2],
    rows,
  });
  return { ratios, largestError, wrongZeros, reversals, figure };
}

interface Epoch {
  epoch: number;
  smallest: number;
  median: number;
  largest: number;
  /** Over the states of the batch, as often as they are in it. */
  kl: number;
  policy: TabularPolicy;
}

/** What becomes of the first policy when it is fitted to one batch over and over. */
async function oneBatch(clipRange: number, seed: number): Promise<Epoch[]> {
  const envs = tabularEnvs(MDP, { ...ENVS, seed });
  const { observationSpace, actionSpace } = envs;
  const [weights, acting, shuffling] = new Random(seed).spawn(3);
  const policy = new Policy(createCpuEngine(), {
    config: TABULAR_POLICY,
    observationSpace,
    actionSpace,
    maxRows: 64,
    random: weights,
  });
  const { rolloutSteps: steps, gamma } = CONFIG;
  const rollout = await new Collector(envs, policy, { steps, gamma, random: acting }).collect();
  const old = policyTable(policy, MDP);
  const epochs = [measured(0, old, old, rollout)];
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    ppoUpdate(policy, rollout, { ...CONFIG, clipRange, epochs: 1 }, 0, shuffling);
    epochs.push(measured(epoch, policyTable(policy, MDP), old, rollout));
  }
  policy.model.dispose();
  return epochs;
}

function measured(epoch: number, policy: TabularPolicy, old: TabularPolicy, rollout: Rollout): Epoch {
  const { states, actions } = MDP;
  const ratios = new Float64Array(rollout.size);
  let kl = 0;
  for (let k = 0; k < rollout.size; k++) {
    const from = rollout.observations.subarray(k * states, (k + 1) * states).indexOf(1) * actions;
    ratios[k] = policy[from + rollout.actions[k]] / old[from + rollout.actions[k]];
    for (let at = from; at < from + actions; at++) kl += (old[at] * Math.log(old[at] / policy[at])) / rollout.size;
  }
  return {
    epoch,
    smallest: Math.min(...ratios),
    median: quantile(ratios, 0.5),
    largest: Math.max(...ratios),
    kl,
    policy,
  };
}

function firstDifference([clipped, unclipped]: readonly Epoch[][]): number {
  return Math.max(...clipped[1].policy.map((probability, at) => Math.abs(probability - unclipped[1].policy[at])));
}

function furthest(epochs: readonly Epoch[]): number {
  return Math.max(epochs[EPOCHS].largest, 1 / epochs[EPOCHS].smallest);
}

/** The exact return after so many batches, as a share of the best. */
async function training(clipRange: number, seed: number): Promise<number[]> {
  const best = startValue(MDP, softValueIteration(MDP, { alpha: 0 }).values);
  const policies = await trainTabular(MDP, { ...CONFIG, clipRange }, { ...ENVS, seed }, BATCHES);
  return policies.map((policy) => startValue(MDP, valuesOf(MDP, policy)) / best);
}
