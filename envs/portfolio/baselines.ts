import type { Prices } from './prices.ts';

/** What a rule may look at: the holdings and the prices up to and including row `day`, nothing later. */
export interface PortfolioView {
  /** Cash, then the assets, after drift. */
  readonly weights: Float64Array;
  readonly day: number;
  readonly prices: Prices;
}

/** A rule without learning that allocates at each decision. */
export interface Baseline {
  readonly name: string;
  /** Writes the target weights, cash first. */
  allocate(view: PortfolioView, action: Float32Array): void;
}

/** Every asset alike, restored at each decision. */
export const equalWeight: Baseline = {
  name: 'Equal weight',
  allocate: (_view, action) => {
    action.fill(1 / (action.length - 1));
    action[0] = 0;
  },
};

/** Every asset alike at the first decision, and never a trade again. */
export const buyAndHold: Baseline = {
  name: 'Buy & hold',
  allocate: (view, action) => {
    if (view.weights[0] === 1) equalWeight.allocate(view, action);
    else action.set(view.weights);
  },
};

export const baselines: readonly Baseline[] = [equalWeight, buyAndHold];
