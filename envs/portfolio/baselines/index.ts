import type { Baseline } from './baseline.ts';
import { bestConstantRebalanced } from './best-constant.ts';
import { exponentiatedGradient } from './exponentiated-gradient.ts';
import { olmar, rmr } from './mean-reversion.ts';
import { inverseVolatility, maximumSharpe, minimumVariance, riskParity } from './risk-based.ts';
import { buyAndHold, equalWeight } from './unconditional.ts';
import { universal } from './universal.ts';

/** All rules without learning: the rule to beat, which is equal weight, first. */
export const baselines: readonly Baseline[] = [
  equalWeight,
  buyAndHold,
  inverseVolatility,
  riskParity,
  minimumVariance,
  maximumSharpe,
  exponentiatedGradient,
  universal,
  olmar,
  rmr,
  bestConstantRebalanced,
];

export type { Baseline, Period, PortfolioView, Rule } from './baseline.ts';
export {
  bestConstantRebalanced,
  buyAndHold,
  equalWeight,
  exponentiatedGradient,
  inverseVolatility,
  maximumSharpe,
  minimumVariance,
  olmar,
  riskParity,
  rmr,
  universal,
};
