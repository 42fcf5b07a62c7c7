import type { Experiment } from './experiment.ts';
import { scoreFunction } from './experiments/1-score-function.ts';
import { baselines } from './experiments/2-baselines.ts';
import { gaeTrade } from './experiments/3-gae.ts';
import { pathwiseOrScore } from './experiments/4-pathwise.ts';
import { ppoClip } from './experiments/5-ppo-clip.ts';
import { importance } from './experiments/6-importance-weights.ts';
import { maximumEntropy } from './experiments/7-maximum-entropy.ts';
import { lqr } from './experiments/8-lqr.ts';

export { type Experiment, experimentSections, type Findings, type Verdict, verdictTable } from './experiment.ts';

/** In the order in which they are numbered. */
export const experiments: readonly Experiment[] = [
  scoreFunction,
  baselines,
  gaeTrade,
  pathwiseOrScore,
  ppoClip,
  importance,
  maximumEntropy,
  lqr,
];
