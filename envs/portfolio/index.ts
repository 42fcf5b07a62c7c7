import { register } from '../../src/core/registry.ts';
import { PortfolioEnv } from './portfolio-env.ts';

register({
  id: 'upslope/Portfolio-v0',
  description: 'Allocation over stocks and cash on daily closes, after cost.',
  create: (options) => new PortfolioEnv(options),
});

export { type Backtest, backtest, defaultLookback } from './backtest.ts';
export * from './baselines/index.ts';
export { blockLengthOf, type Interval, stationaryBootstrap } from './bootstrap.ts';
export { type Contender, compareStrategies, describeComparison, type NamedStrategy } from './comparison.ts';
export { costFactor, turnoverOf } from './cost.ts';
export { portfolioDomain } from './domain.ts';
export { type Performance, performanceOf, type RelativePerformance, relativeTo } from './metrics.ts';
export type { PortfolioOptions } from './options.ts';
export { PortfolioEnv } from './portfolio-env.ts';
export { loadPrices, type MissingPolicy, type Prices } from './prices.ts';
export { deflatedSharpe, probabilisticSharpe } from './sharpe-statistics.ts';
