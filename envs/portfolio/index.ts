import { register } from '../../src/core/registry.ts';
import { PortfolioEnv } from './portfolio-env.ts';

register({
  id: 'upslope/Portfolio-v0',
  description: 'Long-only allocation over stocks and cash, daily closes, after cost.',
  create: (options) => new PortfolioEnv(options),
});

export { type Backtest, backtest } from './backtest.ts';
export { type Baseline, baselines, buyAndHold, equalWeight, type PortfolioView } from './baselines.ts';
export { costFactor, turnoverOf } from './cost.ts';
export { portfolioDomain } from './domain.ts';
export { type Performance, performanceOf } from './metrics.ts';
export type { PortfolioOptions } from './options.ts';
export { PortfolioEnv } from './portfolio-env.ts';
export { loadPrices, type Prices } from './prices.ts';
