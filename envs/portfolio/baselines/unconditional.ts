import { type Baseline, fillEqually } from './baseline.ts';

/** Every asset alike, restored at each decision: the uniform constant rebalanced portfolio. */
export const equalWeight: Baseline = {
  id: 'equal-weight',
  name: 'Equal weight',
  start: () => (_view, weights) => fillEqually(weights),
};

/** Every asset alike at the first decision, and never a trade again. */
export const buyAndHold: Baseline = {
  id: 'buy-and-hold',
  name: 'Buy & hold',
  start: () => {
    let bought = false;
    return (view, weights) => {
      if (bought) weights.set(view.weights);
      else fillEqually(weights);
      bought = true;
    };
  },
};
