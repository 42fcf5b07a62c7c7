import type { Random } from '../../../src/core/random.ts';
import { KnownChoices, type Suggest } from './known-choices.ts';
import { LinearModel } from './linear-model.ts';
import type { Ridge } from './ridge.ts';
import type { SearchPolicy } from './search.ts';
import { searcherOf } from './searcher.ts';
import { checkSpace } from './space.ts';

/** Share of the budget that goes to choices at random, unless there are as many scores as weights before. */
const mostAtRandom = 0.1;

/**
 * Thompson sampling of a linear model: draws weights from the belief about them and takes the option of greatest
 * contribution of each slot, which is the best of all choices under these weights, for a linear score is a sum over
 * slots. Choices of a batch are independent draws.
 *
 * @see Agrawal and Goyal (2013), Thompson sampling for contextual bandits with linear payoffs, algorithm 1, with the
 *   variance of the noise estimated in place of their bound v^2
 */
export const linearThompson = linear('linear-thompson', 'Linear Thompson sampling', (model, known, random) => {
  const weights = new Float64Array(model.ridge.size);
  const contributions = model.slotSizes.map((size) => new Float64Array(size));
  return {
    suggest: (choice) => {
      model.sampleWeights(random, weights);
      return known.fillBest(choice, (slot) => {
        model.contributions(slot, weights, contributions[slot]);
        return contributions[slot];
      });
    },
  };
});

/** Probability with which a bound may fail; alpha = 1 + sqrt(ln(2 / delta) / 2). */
const delta = 0.05;
const alpha = 1 + Math.sqrt(Math.log(2 / delta) / 2);
const poolSize = 256;
/** Candidates for each choice of a batch. */
const poolPerChoice = 4;

/**
 * Takes the choice of the greatest upper bound, x' w + alpha sigma sqrt(x' A^-1 x), sigma^2 being the estimated variance
 * of the noise. The width of a bound is no sum over slots, so that the greatest cannot be found slot by slot: it is
 * sought among a pool of candidates drawn for each batch, the best choice by the mean among them. Each slot of the others
 * has the option of a rank drawn log-uniformly by its mean contribution: many near the best, some from anywhere.
 *
 * In a batch, each choice taken narrows the widths of those to come as if it had been observed, and moves no mean.
 *
 * @see Li, Chu, Langford and Schapire (2010), A contextual-bandit approach to personalized news article recommendation,
 *   algorithm 1, with one set of weights for all arms; Desautels, Krause and Burdick (2014) for batches
 */
export const linUcb = linear('linucb', 'LinUCB', (model, known, random) => {
  let pool: Candidate[] = [];
  let supposed = model.ridge;
  return {
    beginBatch: (count) => {
      pool = candidates(model, known, random, poolSize + poolPerChoice * count);
      supposed = model.ridge.copy();
    },
    suggest: (choice) => {
      if (pool.length === 0) return false;
      const noise = Math.sqrt(model.ridge.noiseVariance());
      const boundOf = ({ mean, spread }: Candidate) => mean + alpha * noise * Math.sqrt(spread);
      const best = pool.reduce((most, candidate) => (boundOf(candidate) > boundOf(most) ? candidate : most));
      choice.set(best.choice);
      pool = pool.filter((candidate) => candidate !== best);
      narrow(pool, best.row, supposed);
      return true;
    },
  };
});

interface Candidate {
  choice: Int32Array;
  row: Float64Array;
  /** Of its score, up to what is common to all. */
  mean: number;
  /** x' A^-1 x: the variance of the belief about the mean, in units of that of the noise. */
  spread: number;
}

function candidates(model: LinearModel, known: KnownChoices, random: Random, count: number): Candidate[] {
  const { ridge, slotSizes } = model;
  const weights = ridge.weights();
  const ranked = slotSizes.map((size, slot) => {
    const contribution = new Float64Array(size);
    model.contributions(slot, weights, contribution);
    return Int32Array.from({ length: size }, (_, option) => option).sort((a, b) => contribution[b] - contribution[a]);
  });
  const seen = new Set<number | string>();
  const pool: Candidate[] = [];
  for (let i = 0; i < count; i++) {
    const choice = Int32Array.from(ranked, (options) => {
      const rank = i === 0 ? 0 : Math.floor(options.length ** random.double()) - 1;
      return options[Math.min(rank, options.length - 1)];
    });
    const key = known.keyOf(choice);
    if (known.has(choice) || seen.has(key)) continue;
    seen.add(key);
    const row = new Float64Array(ridge.size);
    model.writeRow(choice, row);
    pool.push({ choice, row, mean: dot(row, weights), spread: ridge.width(row) ** 2 });
  }
  return pool;
}

/**
 * Brings spreads to what they are once the row t is observed too, x' A^-1 x - (x' A^-1 t)^2 / (1 + t' A^-1 t) (Sherman
 * and Morrison 1950), and `ridge` with them.
 */
function narrow(pool: readonly Candidate[], taken: Float64Array, ridge: Ridge): void {
  const solved = new Float64Array(taken.length);
  ridge.solve(taken, solved);
  const divisor = 1 + dot(taken, solved);
  for (const candidate of pool) {
    candidate.spread = Math.max(0, candidate.spread - dot(candidate.row, solved) ** 2 / divisor);
  }
  ridge.suppose(taken);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

interface LinearStrategy {
  suggest: Suggest;
  beginBatch?(count: number): void;
}

function linear(
  id: string,
  name: string,
  strategyOf: (model: LinearModel, known: KnownChoices, random: Random) => LinearStrategy,
): SearchPolicy {
  return {
    id,
    name,
    needsFeatures: true,
    start: (space, random, budget) => {
      checkSpace(space);
      const model = new LinearModel(space, id);
      const known = new KnownChoices(space.slotSizes, random);
      const strategy = strategyOf(model, known, random);
      const atRandom = Math.max(2, Math.min(model.ridge.size, Math.floor(mostAtRandom * budget)));
      const learns = () => known.size >= atRandom && model.ridge.count >= 2;
      return searcherOf(known, {
        beginBatch: (count) => {
          if (model.ridge.count >= 2) strategy.beginBatch?.(count);
        },
        suggest: (choice) => {
          if (learns()) return strategy.suggest(choice);
          known.fillUniformly(choice);
          return true;
        },
        observed: (choice, score) => {
          if (!Number.isNaN(score)) model.add(choice, score);
        },
        beliefs: () => model.beliefs(),
      });
    },
  };
}
