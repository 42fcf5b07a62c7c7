import { type Baseline, fillEqually, relativesBetween } from './baseline.ts';

const learningRate = 0.05;

/**
 * Weights that grow with the gradient of the log return: w_i is multiplied by exp(eta x_i / (w . x)), eta = 0.05, x being
 * the price relatives since the last decision. All alike at first.
 *
 * @see Helmbold, Schapire, Singer and Warmuth (1998), On-line portfolio selection using multiplicative updates,
 *   Mathematical Finance 8(4)
 */
export const exponentiatedGradient: Baseline = {
  id: 'exponentiated-gradient',
  name: 'Exponentiated gradient',
  start: ({ prices }) => {
    const chosen = new Float64Array(prices.assets.length + 1);
    const relatives = new Float64Array(prices.assets.length);
    let before: number | undefined;
    return ({ day }, weights) => {
      if (before === undefined) fillEqually(chosen);
      else {
        relativesBetween(prices, before, day, relatives);
        followGradient(chosen, relatives, learningRate);
      }
      before = day;
      weights.set(chosen);
    };
  },
};

/** @param weights cash, which is none, then the assets */
function followGradient(weights: Float64Array, relatives: Float64Array, eta: number): void {
  let growth = 0;
  for (let i = 0; i < relatives.length; i++) growth += weights[i + 1] * relatives[i];
  let sum = 0;
  for (let i = 0; i < relatives.length; i++) {
    weights[i + 1] *= Math.exp((eta * relatives[i]) / growth);
    sum += weights[i + 1];
  }
  for (let i = 0; i < relatives.length; i++) weights[i + 1] /= sum;
}
