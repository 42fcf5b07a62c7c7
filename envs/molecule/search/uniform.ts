import { KnownChoices } from './known-choices.ts';
import type { SearchPolicy } from './search.ts';
import { searcherOf } from './searcher.ts';
import { checkSpace } from './space.ts';

/** Every choice not made yet is alike likely: what any other policy has to beat. */
export const uniform: SearchPolicy = {
  id: 'uniform',
  name: 'Uniform',
  start: (space, random) => {
    checkSpace(space);
    const known = new KnownChoices(space.slotSizes, random);
    return searcherOf(known, {
      suggest: (choice) => {
        known.fillUniformly(choice);
        return true;
      },
      observed: () => {},
    });
  },
};
