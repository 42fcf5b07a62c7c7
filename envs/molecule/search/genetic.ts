import { KnownChoices } from './known-choices.ts';
import type { SearchPolicy } from './search.ts';
import { searcherOf } from './searcher.ts';
import { checkSpace } from './space.ts';

const leastPopulation = 20;
const mostPopulation = 100;
/** Share of the budget that makes up the population. */
const populationShare = 0.05;
const tournamentSize = 3;
/** For a slot of a child; where the child is known already, one slot mutates for certain. */
const mutationRate = 0.1;
/** Children of a population that has converged are mostly known. */
const attempts = 100;

interface Individual {
  choice: Int32Array;
  score: number;
}

/**
 * A steady-state genetic algorithm: a population of random choices, then children, each in place of the worst where it
 * is better. A child takes each slot from one of two parents, who each won a tournament of three; a slot mutates to any
 * of its options. No belief about options: what a bandit has to beat beside chance.
 *
 * Children of a batch come from the same population, by chances of their own.
 *
 * @see Whitley (1989), The GENITOR algorithm and selection pressure, ICGA; Goldberg and Deb (1991) for tournaments
 */
export const genetic: SearchPolicy = {
  id: 'genetic',
  name: 'Genetic algorithm',
  start: (space, random, budget) => {
    checkSpace(space);
    const { slotSizes } = space;
    const known = new KnownChoices(slotSizes, random);
    const size = Math.min(mostPopulation, Math.max(leastPopulation, Math.floor(populationShare * budget)));
    const population: Individual[] = [];

    const parent = () => {
      let winner = population[random.integers(0, population.length)];
      for (let i = 1; i < tournamentSize; i++) {
        const other = population[random.integers(0, population.length)];
        if (other.score > winner.score) winner = other;
      }
      return winner.choice;
    };
    return searcherOf(
      known,
      {
        suggest: (choice) => {
          if (known.size < size || population.length < 2) {
            known.fillUniformly(choice);
            return true;
          }
          const mother = parent();
          const father = parent();
          for (let slot = 0; slot < choice.length; slot++) {
            const inherited = random.double() < 0.5 ? mother[slot] : father[slot];
            choice[slot] = random.double() < mutationRate ? random.integers(0, slotSizes[slot]) : inherited;
          }
          if (known.has(choice)) {
            const slot = random.integers(0, slotSizes.length);
            choice[slot] = random.integers(0, slotSizes[slot]);
          }
          return true;
        },
        observed: (choice, score) => {
          if (Number.isNaN(score)) return;
          const individual = { choice: Int32Array.from(choice), score };
          if (population.length < size) {
            population.push(individual);
            return;
          }
          let worst = 0;
          for (let i = 1; i < size; i++) if (population[i].score < population[worst].score) worst = i;
          if (score > population[worst].score) population[worst] = individual;
        },
      },
      attempts,
    );
  },
};
