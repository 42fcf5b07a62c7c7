import { UserError } from '../../src/core/errors.ts';
import { Random } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box } from '../../src/core/spaces/box.ts';
import type { Space } from '../../src/core/spaces/space.ts';
import type { StepDerivative } from '../../src/core/step-derivative.ts';
import { turnoverOf } from './cost.ts';
import { type Market, marketOf } from './market.ts';
import { Observer } from './observer.ts';
import { type PortfolioOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { distanceOf, portfolioDerivative } from './portfolio-derivative.ts';
import type { Prices } from './prices.ts';
import { RunningReturns } from './rewards.ts';
import { describeWeights, signalNames } from './signals.ts';
import { shareLeft } from './trading-cost.ts';

interface PortfolioState {
  day: number;
  endDay: number;
  wealth: number;
  peak: number;
  weights: number[];
  signals: number[];
  returns: number[];
  reward: number;
  terminated: boolean;
  truncated: boolean;
  random: ReturnType<Random['getState']>;
}

/** Float32 rows cannot tell weights closer than this apart, so a target this near the holdings means: do not trade. */
const holdTolerance = 1e-6;
/** Likewise in double precision. */
const rounding = 1e-12;
/** A step that would leave less of the wealth than this is ruin, and leaves so much. */
const leastGrowth = 1e-4;

/**
 * Allocation over n assets and cash (index 0), after cost. At the close of day t the action names the weights to hold,
 * chosen from what is known at that close; the return from t to t + 1 is earned on them.
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
  /** Ruin: nothing is left to invest. */
  terminated = false;
  truncated = false;
  reward = 0;
  readonly derivative: StepDerivative;

  readonly options: ResolvedOptions;
  /** What is held now, after drift: cash, then the assets. Sums to 1. */
  readonly weights: Float64Array;
  /** What was traded to in the last step: the action within the constraints, its rounding taken out. */
  readonly target: Float64Array;
  /** Simple returns after cost of the days of the last step; the first `daysStepped` count. */
  readonly dailyReturns: Float64Array;
  daysStepped = 0;
  /** Row of today's close in the price table. */
  day = -1;

  private readonly market: Market;
  private readonly observer: Observer;
  private readonly returns: RunningReturns;
  private random = new Random();
  private endDay = -1;
  private wealth = 1;
  private peak = 1;

  /** @throws UserError for options that do not fit, see `resolveOptions` and `loadPrices` */
  constructor(options: PortfolioOptions = {}) {
    this.options = resolveOptions(options);
    const { prices, window, observe, features, rebalanceEvery, trading } = this.options;
    this.market = marketOf(prices, window);
    const instruments = prices.assets.length + 1;
    this.actionSpace = trading.constraints.actionSpace;
    this.actionSize = this.actionSpace.flatSize;
    this.observer = new Observer(this.market, observe, features);
    const { width } = this.observer;
    this.observationSize = instruments * width;
    this.observationSpace = new Box(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, [instruments, width]);
    this.weights = new Float64Array(instruments);
    this.target = new Float64Array(instruments);
    this.dailyReturns = new Float64Array(rebalanceEvery);
    this.returns = new RunningReturns(trading.differentialRate, trading.cvarLevel);
    this.derivative = portfolioDerivative({
      ...{ options: this.options, market: this.market, width, tolerance: holdTolerance, leastGrowth },
      writeState: (state, at) => {
        state.set(this.weights, at);
        state[at + instruments] = this.wealth;
        state[at + instruments + 1] = this.day;
        state[at + instruments + 2] = this.endDay;
      },
    });
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
    this.weights.fill(initialHolding === 'equal' ? 1 / assets : 0);
    this.weights[0] = initialHolding === 'equal' ? 0 : 1;
    this.wealth = 1;
    this.peak = 1;
    this.reward = 0;
    this.terminated = false;
    this.truncated = false;
    this.daysStepped = 0;
    this.returns.reset();
    this.signals.fill(0);
    this.signals[4] = this.wealth;
    describeWeights(this.weights, this.signals);
    this.observe(observation);
  }

  /** @throws UserError for an action that does not fit, see `Constraints.decode`, and when the episode is over */
  step(action: Float32Array, observation: Float32Array): void {
    this.requireRunning();
    this.options.trading.constraints.decode(action, this.target);
    this.trade(holdTolerance, observation);
  }

  /**
   * A step by the weights themselves, whatever the action space, in double precision: for rules and for tests.
   *
   * @param weights cash, then the assets, summing to 1; moved to the nearest that the constraints allow
   * @throws UserError for weights that do not fit, and when the episode is over
   */
  stepWeights(weights: Float64Array, observation: Float32Array): void {
    this.requireRunning();
    this.options.trading.constraints.take(weights, this.target);
    this.trade(rounding, observation);
  }

  private trade(tolerance: number, observation: Float32Array): void {
    const { weights, target, market, signals, returns } = this;
    const { rebalanceEvery, rewardScale, trading } = this.options;
    if (this.startsFree) weights.set(target);
    else if (distanceOf(weights, target) <= Math.max(tolerance, trading.band)) target.set(weights);
    const turnover = turnoverOf(weights, target);
    const factor = turnover === 0 ? 1 : shareLeft(trading.cost, weights, target, this.wealth, this.day, market);
    weights.set(target);

    let gross = 1;
    let left = 1;
    let benchmark = 0;
    let days = 0;
    const fallBefore = signals[5];
    const deepestBefore = signals[14];
    let deepest = deepestBefore;
    let { wealth, peak } = this;
    const last = Math.min(this.day + rebalanceEvery, this.endDay);
    while (this.day < last && !this.terminated) {
      this.day++;
      const growth = this.drift();
      let kept = days === 0 ? factor * growth : growth;
      gross *= growth;
      // Written so that NaN is ruin too.
      if (!(factor * gross > leastGrowth)) kept = this.ruin(left);
      left *= kept;
      benchmark += market.logReturns[this.day * weights.length];
      wealth *= kept;
      if (wealth > peak) peak = wealth;
      else deepest = Math.max(deepest, 1 - wealth / peak);
      this.dailyReturns[days++] = kept - 1;
    }
    this.daysStepped = days;
    this.wealth = wealth;
    this.peak = peak;

    const logReturn = Math.log(this.terminated ? leastGrowth : factor * gross);
    const netReturn = left - 1;
    const drawdown = 1 - wealth / peak;
    returns.add(netReturn);
    this.reward = logReturn * rewardScale;
    this.truncated = this.day === this.endDay && !this.terminated;
    signals[0] = logReturn;
    signals[1] = Math.max(gross, 0) - 1;
    signals[2] = 1 - factor;
    signals[3] = turnover;
    signals[4] = wealth;
    signals[5] = drawdown;
    describeWeights(target, signals);
    signals[9] = benchmark;
    signals[10] = netReturn;
    signals[11] = netReturn * netReturn;
    signals[12] = logReturn - benchmark;
    signals[13] = Math.max(drawdown - fallBefore, 0);
    signals[14] = deepest;
    signals[15] = deepest - deepestBefore;
    signals[18] = returns.sharpe;
    signals[19] = returns.downside;
    signals[20] = returns.conditionalLoss;
    this.observe(observation);
  }

  /** Writes what the state at hand shows. */
  observe(observation: Float32Array): void {
    this.observer.write(this.day, this.weights, observation);
  }

  getState(): PortfolioState {
    return {
      day: this.day,
      endDay: this.endDay,
      wealth: this.wealth,
      peak: this.peak,
      weights: Array.from(this.weights),
      signals: Array.from(this.signals),
      returns: this.returns.getState(),
      reward: this.reward,
      terminated: this.terminated,
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
    this.returns.setState(saved.returns);
    this.reward = saved.reward;
    this.terminated = saved.terminated;
    this.truncated = saved.truncated;
    this.random.setState(saved.random);
  }

  /** Lets the weights drift by the returns of `day`. Returns the growth of the whole. */
  private drift(): number {
    const { weights } = this;
    const { relatives } = this.market;
    if (this.options.trading.margin) this.payMargin();
    const row = this.day * (weights.length - 1) - 1;
    let growth = weights[0];
    for (let i = 1; i < weights.length; i++) {
      weights[i] *= relatives[row + i];
      growth += weights[i];
    }
    for (let i = 0; i < weights.length; i++) weights[i] /= growth;
    return growth;
  }

  /** A day's interest on what is borrowed and fee on what is sold short, out of cash. */
  private payMargin(): void {
    const { weights } = this;
    const { borrowRate, shortFee } = this.options.trading;
    let due = borrowRate * Math.max(-weights[0], 0);
    for (let i = 1; i < weights.length; i++) due += shortFee * Math.max(-weights[i], 0);
    weights[0] -= due;
  }

  /**
   * Ends the episode in cash.
   *
   * @param left of the wealth before the step, until yesterday
   * @returns growth of the day that leaves `leastGrowth` of it
   */
  private ruin(left: number): number {
    this.terminated = true;
    this.weights.fill(0);
    this.weights[0] = 1;
    return leastGrowth / left;
  }

  /** Whether the weights chosen now are held without a trade. */
  private get startsFree(): boolean {
    return this.options.initialHolding === 'chosen' && this.day === this.endDay - this.options.episodeLength;
  }

  private requireRunning(): void {
    if (this.day < this.endDay && !this.terminated) return;
    throw new UserError('The portfolio episode is not running: call reset before step.');
  }
}
