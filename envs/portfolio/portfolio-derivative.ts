import type { StepDerivative } from '../../src/core/step-derivative.ts';
import { turnoverOf } from './cost.ts';
import { shareLeftBackward } from './cost-derivative.ts';
import type { Market } from './market.ts';
import type { ResolvedOptions } from './options.ts';
import { shareLeft } from './trading-cost.ts';

/** What the derivative knows of the environment. */
export interface PortfolioStep {
  readonly options: ResolvedOptions;
  readonly market: Market;
  /** Columns of the observation, the last of which is the weight held. */
  readonly width: number;
  /** Targets as near as this to the holdings mean no trade. */
  readonly tolerance: number;
  /** A step that would leave less of the wealth than this is ruin. */
  readonly leastGrowth: number;
  /** Weights held, wealth, day, last day of the episode. */
  writeState(state: Float64Array, at: number): void;
}

/**
 * How a step of `PortfolioEnv` depends on the weights held, on wealth, and on the action: through what trading costs, what
 * the weights chosen earn, and where they drift. The days stand still. With x the positions at the end of the step for
 * each unit invested, growth G = sum x and mu the share that trading leaves,
 *
 *     reward = scale ln(mu G),   w' = x / G,   wealth' = wealth mu G
 *
 * Not smooth are the value traded where an asset is not traded (its slope is taken to be 0), targets so near to the
 * holdings that there is no trade (then the action moves nothing, though one farther off would), the number of trades
 * under a fixed fee, bounds and leverage where they are just reached, and ruin, which nothing moves.
 */
export function portfolioDerivative(parts: PortfolioStep): StepDerivative {
  const { market, width, tolerance, leastGrowth, writeState } = parts;
  const { trading, rebalanceEvery, rewardScale, initialHolding, episodeLength } = parts.options;
  const { constraints, cost, band, margin, borrowRate, shortFee } = trading;
  const { relatives } = market;
  const instruments = constraints.low.length;
  const assets = instruments - 1;
  const actionSize = constraints.actionSpace.flatSize;
  const wealthAt = instruments;
  const dayAt = instruments + 1;
  const endAt = instruments + 2;
  const stateSize = instruments + 3;

  const given = new Float32Array(actionSize);
  const weights = new Float64Array(instruments);
  const target = new Float64Array(instruments);
  const positions = new Float64Array(instruments);
  /** Cash on the morning of each day, for each unit invested. */
  const cash = new Float64Array(rebalanceEvery);
  const dPositions = new Float64Array(instruments);
  const dWeights = new Float64Array(instruments);

  return {
    stateSize,
    writeState,

    backwardStep(state, stateAt, action, actionAt, dReward, dNext, dNextAt, dState, dStateAt, dAction, dActionAt) {
      for (let i = 0; i < instruments; i++) weights[i] = state[stateAt + i];
      for (let i = 0; i < actionSize; i++) given[i] = action[actionAt + i];
      const wealth = state[stateAt + wealthAt];
      const day = state[stateAt + dayAt];
      const end = state[stateAt + endAt];
      const last = Math.min(day + rebalanceEvery, end);
      constraints.decode(given, target);
      const free = initialHolding === 'chosen' && day === end - episodeLength;
      const held = !free && distanceOf(weights, target) <= Math.max(tolerance, band);
      if (held) target.set(weights);
      const trades = !free && !held && turnoverOf(weights, target) > 0;
      const mu = trades ? shareLeft(cost, weights, target, wealth, day, market) : 1;

      const growth = grow(day, last, mu);
      const dWealthNext = dNext[dNextAt + wealthAt];
      if (growth === 0) {
        for (let i = 0; i < stateSize; i++) dState[dStateAt + i] = 0;
        for (let i = 0; i < actionSize; i++) dAction[dActionAt + i] = 0;
        return;
      }

      let dGrowth = (dReward * rewardScale) / growth + dWealthNext * wealth * mu;
      for (let i = 0; i < instruments; i++) dGrowth -= (dNext[dNextAt + i] * positions[i]) / growth ** 2;
      for (let i = 0; i < instruments; i++) dPositions[i] = dNext[dNextAt + i] / growth + dGrowth;
      growBackward(day, last);

      // dPositions is dLoss/dTarget now.
      const dShare = (dReward * rewardScale) / mu + dWealthNext * wealth * growth;
      let dWealth = dWealthNext * mu * growth;
      dWeights.fill(0);
      if (trades) {
        dWealth += shareLeftBackward(cost, weights, target, wealth, day, market, dShare, dWeights, dPositions);
      }
      for (let i = 0; i < instruments; i++) dState[dStateAt + i] = dWeights[i] + (held ? dPositions[i] : 0);
      dState[dStateAt + wealthAt] = dWealth;
      dState[dStateAt + dayAt] = 0;
      dState[dStateAt + endAt] = 0;
      if (held) for (let i = 0; i < actionSize; i++) dAction[dActionAt + i] = 0;
      else constraints.decodeBackward(given, target, dPositions, dAction, dActionAt);
    },

    backwardObservation(_, __, dObservation, dObservationAt, dState, dStateAt) {
      for (let i = 0; i < instruments; i++) {
        dState[dStateAt + i] += dObservation[dObservationAt + (i + 1) * width - 1];
      }
    },
  };

  /** Positions from the target weights to the end of the step; returns their sum, or 0 in ruin. */
  function grow(day: number, last: number, mu: number): number {
    positions.set(target);
    let growth = 0;
    for (let today = day + 1; today <= last; today++) {
      cash[today - day - 1] = positions[0];
      if (margin) {
        let due = borrowRate * Math.max(-positions[0], 0);
        for (let i = 1; i < instruments; i++) due += shortFee * Math.max(-positions[i], 0);
        positions[0] -= due;
      }
      growth = positions[0];
      for (let i = 1; i < instruments; i++) {
        positions[i] *= relatives[today * assets + i - 1];
        growth += positions[i];
      }
      // Written so that NaN is ruin too.
      if (!(mu * growth > leastGrowth)) return 0;
    }
    return growth;
  }

  /** Takes `dPositions` from the end of the step back to its beginning. A position keeps the sign it was given. */
  function growBackward(day: number, last: number): void {
    for (let today = last; today > day; today--) {
      for (let i = 1; i < instruments; i++) {
        dPositions[i] *= relatives[today * assets + i - 1];
        if (margin && target[i] < 0) dPositions[i] += shortFee * dPositions[0];
      }
      if (margin && cash[today - day - 1] < 0) dPositions[0] *= 1 + borrowRate;
    }
  }
}

/** Largest difference of a weight. */
export function distanceOf(a: Float64Array, b: Float64Array): number {
  let farthest = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (distance > farthest) farthest = distance;
  }
  return farthest;
}
