import { Random } from '../../../src/core/random.ts';
import type { SearchPolicy, SearchSpace } from '../search/search.ts';
import { choiceKey } from './summary.ts';

/** How a policy would have gone through a campaign that is over. */
export interface Replay {
  id: string;
  name: string;
  seed: number;
  /** Values in the order in which it would have had them measured. */
  values: number[];
}

/** Proposals without any that was measured, from which on the policy has to take what is left, at random. */
const patience = 50_000;

/**
 * Lets a policy choose among the products that were measured, one batch after another. What it proposes beside them cannot be
 * told of, costs nothing, and is passed over.
 */
export function replay(
  policy: SearchPolicy,
  space: SearchSpace,
  measured: readonly { choice: Int32Array; value: number }[],
  batch: number,
  seed: number,
): Replay {
  const random = new Random(seed);
  const searcher = policy.start(space, random, measured.length);
  const left = new Map(measured.map((one) => [choiceKey(one.choice), one]));
  const values: number[] = [];
  while (left.size > 0) {
    const chosen: { choice: Int32Array; value: number }[] = [];
    for (let passed = 0; chosen.length < batch && left.size > 0 && passed < patience; ) {
      const proposals = searcher.propose(batch - chosen.length);
      if (proposals.length === 0) break;
      passed += proposals.length;
      for (const choice of proposals) {
        const key = choiceKey(choice);
        const known = left.get(key);
        if (known === undefined) continue;
        left.delete(key);
        chosen.push(known);
      }
    }
    if (chosen.length === 0) {
      const keys = [...left.keys()];
      const key = keys[Math.floor(keys.length * random.double())];
      chosen.push(left.get(key)!);
      left.delete(key);
    }
    for (const { choice, value } of chosen) {
      searcher.observe(choice, value);
      values.push(value);
    }
  }
  return { id: policy.id, name: policy.name, seed, values };
}

/** How many measurements it took to have the best, and half and all of the best ten. */
export function experimentsNeeded(values: readonly number[]): { best: number; half: number; all: number } {
  const sorted = values.toSorted((a, b) => b - a);
  const limit = sorted[Math.min(10, sorted.length) - 1];
  const top = Math.min(10, sorted.length);
  let found = 0;
  let half = 0;
  let all = 0;
  values.forEach((value, i) => {
    if (value < limit || found === top) return;
    found++;
    if (found === Math.ceil(top / 2)) half = i + 1;
    if (found === top) all = i + 1;
  });
  return { best: values.indexOf(sorted[0]) + 1, half, all };
}
