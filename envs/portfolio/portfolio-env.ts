import { UserError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import { costFactor, turnoverOf } from './cost.ts';
import { featureNames, type Market, marketOf } from './market.ts';
import { type PortfolioOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import type { Prices } from './prices.ts';

export const signalNames = [
  'logReturn',
  'grossReturn',
  'cost',
  'turnover',
  'wealth',
  'drawdown',
  'concentration',
  'maxWeight',
  'cashWeight',
  'benchmarkLogReturn',
] as const;

interface PortfolioState {
  day: number;
  endDay: number;
  wealth: number;
  peak: number;
  weights: number[];
  signals: number[];
  reward: number;
  truncated: boolean;
  random: ReturnType<Random['getState']>;
}

/** Float32 rows cannot tell weights closer than this apart, so a target this near the holdings means: do not trade. */
const holdTolerance = 1e-6;
const negativeTolerance = 1e-6;

/**
 * Long-only allocation over n assets and cash (index 0), after cost. At the close of day t the action names the
 * weights to hold, chosen from what is known at that close; the return from t to t + 1 is earned on them.
 *
 * Spaces, reward, cost, signals and options are described in `README.md` beside this file.
 */
export class PortfolioEnv implements RowEnv {
  readonly observationSpace: Space<Float32Array>;
  readonly actionSpace: Space<Float32Array>;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly signalNames = signalNames;
  readonly signals = new Float64Array(signalNames.length);
  readonly terminated = false;
  truncated = false;
  reward = 0;

  readonly options: ResolvedOptions;
  /** What is held now, after drift: cash, then the assets. Sums to 1. */
  readonly weights: Float64Array;
  /** What was chosen in the last step, after the rounding of the row was taken out. */
  readonly target: Float64Array;
  /** Simple returns after cost of the days of the last step; the first `daysStepped` count. */
  readonly dailyReturns: Float64Array;
  daysStepped = 0;
  /** Row of today's close in the price table. */
  day = -1;

  private readonly market: Market;
  private random = new Random();
  private endDay = -1;
  private wealth = 1;
  private peak = 1;

  /** @throws UserError for options that do not fit, see `resolveOptions` and `loadPrices` */
  constructor(options: PortfolioOptions = {}) {
    this.options = resolveOptions(options);
    const { prices, window, observe, rebalanceEvery } = this.options;
    this.market = marketOf(prices, window);
    const instruments = prices.assets.length + 1;
    this.actionSize = instruments;
    this.observationSize = instruments * (featureNames.length + 1 + (observe === 'window' ? window : 0));
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.actionSpace = new Box(0, 1, [this.actionSize]);
    this.weights = new Float64Array(instruments);
    this.target = new Float64Array(instruments);
    this.dailyReturns = new Float64Array(rebalanceEvery);
  }

  get prices(): Prices {
    return this.options.prices;
  }

  /** Today, ISO. */
  get date(): string {
    return this.prices.dates[this.day];
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.random = new Random(seed);
    const { firstReturn, lastReturn, episodeLength, randomStart, initialHolding } = this.options;
    const spare = lastReturn - firstReturn + 1 - episodeLength;
    this.day = firstReturn - 1 + (randomStart && spare > 0 ? this.random.integers(0, spare + 1) : 0);
    this.endDay = this.day + episodeLength;
    const assets = this.weights.length - 1;
    this.weights.fill(initialHolding === 'cash' ? 0 : 1 / assets);
    this.weights[0] = initialHolding === 'cash' ? 1 : 0;
    this.wealth = 1;
    this.peak = 1;
    this.reward = 0;
    this.truncated = false;
    this.daysStepped = 0;
    this.signals.fill(0);
    this.observe(observation);
  }

  /** @throws UserError when a weight is negative or the episode is over */
  step(action: Float32Array, observation: Float32Array): void {
    if (this.day >= this.endDay) throw new UserError('The portfolio episode is not running: call reset before step.');
    this.readTarget(action);
    const { weights, target, market } = this;
    const factor = costFactor(weights, target, this.options.costRate);
    const turnover = turnoverOf(weights, target);
    let concentration = 0;
    let maxWeight = 0;
    for (let i = 0; i < target.length; i++) {
      weights[i] = target[i];
      concentration += target[i] * target[i];
      if (target[i] > maxWeight) maxWeight = target[i];
    }

    let gross = 1;
    let benchmark = 0;
    let days = 0;
    while (days < this.options.rebalanceEvery && this.day < this.endDay) {
      this.day++;
      const growth = this.drift();
      const kept = days === 0 ? factor * growth : growth;
      gross *= growth;
      benchmark += market.logReturns[this.day * weights.length];
      this.wealth *= kept;
      if (this.wealth > this.peak) this.peak = this.wealth;
      this.dailyReturns[days++] = kept - 1;
    }
    this.daysStepped = days;

    const logReturn = Math.log(factor * gross);
    this.reward = logReturn * this.options.rewardScale;
    this.truncated = this.day === this.endDay;
    const { signals } = this;
    signals[0] = logReturn;
    signals[1] = gross - 1;
    signals[2] = 1 - factor;
    signals[3] = turnover;
    signals[4] = this.wealth;
    signals[5] = 1 - this.wealth / this.peak;
    signals[6] = concentration;
    signals[7] = maxWeight;
    signals[8] = target[0];
    signals[9] = benchmark;
    this.observe(observation);
  }

  getState(): PortfolioState {
    return {
      day: this.day,
      endDay: this.endDay,
      wealth: this.wealth,
      peak: this.peak,
      weights: Array.from(this.weights),
      signals: Array.from(this.signals),
      reward: this.reward,
      truncated: this.truncated,
      random: this.random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as PortfolioState;
    this.day = saved.day;
    this.endDay = saved.endDay;
    this.wealth = saved.wealth;
    this.peak = saved.peak;
    this.weights.set(saved.weights);
    this.signals.set(saved.signals);
    this.reward = saved.reward;
    this.truncated = saved.truncated;
    this.random.setState(saved.random);
  }

  /** Lets the weights drift by the returns of `day`. Returns the growth of the whole. */
  private drift(): number {
    const { weights } = this;
    const { relatives } = this.market;
    const row = this.day * (weights.length - 1) - 1;
    let growth = weights[0];
    for (let i = 1; i < weights.length; i++) {
      weights[i] *= relatives[row + i];
      growth += weights[i];
    }
    for (let i = 0; i < weights.length; i++) weights[i] /= growth;
    return growth;
  }

  /** Weights count in proportion to each other, so that all of the action space can be acted on; no weight at all is cash. */
  private readTarget(action: Float32Array): void {
    const { weights, target } = this;
    if (action.length !== target.length) this.refuse(action);
    let sum = 0;
    let farthest = 0;
    for (let i = 0; i < target.length; i++) {
      const weight = action[i];
      // Written so that NaN and infinity fail too.
      if (!(weight >= -negativeTolerance && weight < Infinity)) this.refuse(action);
      target[i] = Math.max(weight, 0);
      sum += target[i];
    }
    if (sum === 0) {
      target[0] = 1;
      sum = 1;
    }
    for (let i = 0; i < target.length; i++) {
      target[i] /= sum;
      const distance = Math.abs(target[i] - weights[i]);
      if (distance > farthest) farthest = distance;
    }
    if (farthest <= holdTolerance) target.set(weights);
  }

  private refuse(action: Float32Array): never {
    throw new UserError(
      `Expected ${this.actionSize} portfolio weights (cash, then the assets), none negative; ` +
        `got ${action.length}, the least of them ${Math.min(...action)}. Use a policy whose actions lie on the ` +
        'simplex, such as a softmax or a Dirichlet distribution.',
    );
  }

  private observe(observation: Float32Array): void {
    const { market, weights, day } = this;
    const { window, observe } = this.options;
    const instruments = weights.length;
    const { features, logReturns, inverseVolatility } = market;
    let at = 0;
    if (observe === 'window') {
      const today = day * instruments;
      for (let past = today - (window - 1) * instruments; past <= today; past += instruments) {
        for (let i = 0; i < instruments; i++) observation[at++] = logReturns[past + i] * inverseVolatility[today + i];
      }
    }
    const width = instruments * featureNames.length;
    const row = day * width;
    for (let i = 0; i < width; i++) observation[at++] = features[row + i];
    for (let i = 0; i < instruments; i++) observation[at++] = weights[i];
  }
}
