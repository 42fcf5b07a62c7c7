import { type Domain, metricOf } from '../domain.ts';
import { baselines, equalWeight } from './baselines/index.ts';
import { type Contender, compareStrategies, describeComparison } from './comparison.ts';
import type { PortfolioOptions } from './options.ts';
import { walkForward } from './walk-forward.ts';

/**
 * Backtests a policy and the baselines over the same days, at the same cost and rebalancing rule. Where the options
 * name no split it is the test split: figures over training days tell nothing about the future.
 */
export const portfolioDomain: Domain = {
  evaluate(actor, environmentOptions) {
    const options: PortfolioOptions = { split: 'test', ...environmentOptions };
    const strategies = [
      { id: 'policy', name: 'Policy', strategy: actor },
      ...baselines.map((strategy) => ({ id: strategy.id, name: strategy.name, strategy })),
    ];
    const contenders = compareStrategies(strategies, options, equalWeight.id);
    return { metrics: metricsOf(contenders), ...describeComparison(contenders, equalWeight.id, options) };
  },
  walkForward,
};

/** The policy's measures under their own names, the baselines' with the baseline in front: `equalWeightSharpe`. */
function metricsOf([policy, ...others]: readonly Contender[]): Record<string, number> {
  const metrics: Record<string, number> = {
    ...policy.result.performance,
    ...policy.relative,
    sharpeLow: policy.sharpe.low,
    sharpeHigh: policy.sharpe.high,
    sharpeLead: policy.lead.difference,
    sharpeLeadLow: policy.lead.low,
    sharpeLeadHigh: policy.lead.high,
  };
  for (const { id, result } of others) {
    for (const [measure, value] of Object.entries(result.performance)) {
      metrics[metricOf(id, measure)] = value;
    }
  }
  return metrics;
}
