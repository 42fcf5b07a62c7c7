import { Random } from '../../../src/core/random.ts';
import { correlation } from './correlation.ts';

/** How a cell answered rewards of several sizes. */
export interface CellResponses {
  name: string;
  /** Sizes, ascending, in units of utility. */
  rewards: readonly number[];
  /** Of each size the change of rate at each trial. */
  responses: readonly ArrayLike<number>[];
}

/** Of each number, what the first half of the trials (the first, third, ...) tells and what the second. */
export interface CellFit {
  name: string;
  /** The reward that neither excites nor inhibits. */
  reversal: readonly [number, number];
  /** Responses per unit of reward above the reversal point, and below it; not under zero. */
  slopePositive: readonly [number, number];
  slopeNegative: readonly [number, number];
  /** slopePositive / (slopePositive + slopeNegative): how optimistic the cell is. NaN where a side has no rewards. */
  tau: readonly [number, number];
}

export interface DistributionalEvidence {
  cells: CellFit[];
  /** Correlation over cells of the reversal points of the two halves: whether cells differ by more than noise. */
  reliability: Association;
  /** Correlation of the reversal points of one half with the optimism in the other. */
  tauAgainstReversal: Association;
}

export interface Association {
  r: number;
  /** Share of shuffles of the cells that gave as much: one-sided. */
  p: number;
}

const shuffles = 2000;
const fewestCells = 3;

/**
 * Whether cells tell a distribution: they differ in the reward that leaves them cold, and those that are content with more are
 * those that answer good surprises more steeply than bad ones. Neither holds for cells that tell the mean with noise of their
 * own. What is compared comes from different halves of the trials, so that no noise is on both sides.
 *
 * @returns `undefined` with fewer than three cells whose slopes can be told
 * @see Dabney et al. (2020), A distributional code for value in dopamine-based reinforcement learning, Nature 577, methods
 */
export function distributionalEvidence(all: readonly CellResponses[]): DistributionalEvidence | undefined {
  const cells = all.map(fitCell);
  const usable = cells.filter(({ tau }) => tau.every(Number.isFinite));
  if (usable.length < fewestCells) return undefined;
  return {
    cells,
    reliability: associate([usable.map(({ reversal }) => [reversal[0], reversal[1]] as const)]),
    tauAgainstReversal: associate(
      [0, 1].map((half) => usable.map(({ reversal, tau }) => [reversal[half], tau[1 - half]] as const)),
    ),
  };
}

function fitCell({ name, rewards, responses }: CellResponses): CellFit {
  const halves = [0, 1].map((half) => responses.map((all) => Array.from(all).filter((_, trial) => trial % 2 === half)));
  const reversals = halves.map((half) => reversalOf(rewards, half));
  const slopes = halves.map((half, h) => slopesOf(rewards, half, reversals[h]));
  const both = (of: (half: number) => number): [number, number] => [of(0), of(1)];
  return {
    name,
    reversal: both((half) => reversals[half]),
    slopePositive: both((half) => slopes[half][0]),
    slopeNegative: both((half) => slopes[half][1]),
    tau: both((half) => slopes[half][0] / (slopes[half][0] + slopes[half][1])),
  };
}

/** The place that most responses agree with: above it they are positive, below it negative. The middle of all such places. */
function reversalOf(rewards: readonly number[], responses: readonly (readonly number[])[]): number {
  const places = rewards.flatMap((reward, i) => (i === 0 ? [reward] : [(rewards[i - 1] + reward) / 2, reward]));
  let best: number[] = [];
  let most = -1;
  for (const place of places) {
    let agreeing = 0;
    rewards.forEach((reward, i) => {
      for (const response of responses[i]) {
        if ((reward > place && response > 0) || (reward < place && response < 0)) agreeing++;
      }
    });
    if (agreeing > most) best = [];
    if (agreeing >= most) best.push(place);
    most = Math.max(most, agreeing);
  }
  return best.reduce((sum, place) => sum + place, 0) / best.length;
}

/** Slopes of lines through the reversal point by least squares, above and below; NaN where there is no reward on the side. */
function slopesOf(
  rewards: readonly number[],
  responses: readonly (readonly number[])[],
  reversal: number,
): [number, number] {
  const sums = [0, 0, 0, 0];
  rewards.forEach((reward, i) => {
    const x = reward - reversal;
    const side = x > 0 ? 0 : 2;
    for (const response of responses[i]) {
      sums[side] += x * response;
      sums[side + 1] += x * x;
    }
  });
  const slope = (products: number, squares: number) => (squares > 0 ? Math.max(products / squares, 0) : Number.NaN);
  return [slope(sums[0], sums[1]), slope(sums[2], sums[3])];
}

/** @param views the same cells in each, in the same order: correlations are averaged over them */
function associate(views: readonly (readonly (readonly [number, number])[])[]): Association {
  const [first] = views;
  const mean = (order: ArrayLike<number>) =>
    views.reduce(
      (sum, pairs) => sum + correlation(pairs.map(([x], i) => [x, pairs[order[i]][1]] as const)) / views.length,
      0,
    );
  const r = mean(first.map((_, i) => i));
  // Cells that are all alike correlate with nothing.
  if (Number.isNaN(r)) return { r: 0, p: 1 };
  const random = new Random(0);
  let asMuch = 0;
  for (let k = 0; k < shuffles; k++) if (mean(random.permutation(first.length)) >= r) asMuch++;
  return { r, p: (asMuch + 1) / (shuffles + 1) };
}
