import type { Random } from '../../core/random.ts';
import { littleMaze } from './little-maze.ts';
import { softmaxPolicy, type TabularPolicy, valuesOf } from './tabular-mdp.ts';

/** The little maze without an end, in which entropy is paid for. */
export const MAZE = littleMaze(0.9);
/** Price of a nat. */
export const ALPHA = 1;
/** Its states, but for that in which it is over. */
export const ROOMS: readonly number[] = [0, 1, 2];

/** V of J, exactly: the values of the policy where every choice is paid -alpha log pi(a|s) on top. */
export function softValuesOf(policy: TabularPolicy): Float64Array {
  const rewards = MAZE.rewards.map((reward, at) => reward - (policy[at] > 0 ? ALPHA * Math.log(policy[at]) : 0));
  return valuesOf({ ...MAZE, rewards }, policy);
}

/** KL(p || q) in state s. */
export function divergence(p: TabularPolicy, q: TabularPolicy, s: number): number {
  let sum = 0;
  for (let at = s * MAZE.actions; at < (s + 1) * MAZE.actions; at++) sum += p[at] * Math.log(p[at] / q[at]);
  return sum;
}

/**
 * Policies around the best one, from all but the same to altogether different: what the luckiest of them gains over it,
 * and how far the theorem about their distance is off at worst.
 */
export function perturb(
  count: number,
  best: TabularPolicy,
  bestValues: Float64Array,
  random: Random,
): { largestGain: number; largestError: number } {
  let largestGain = -Infinity;
  let largestError = 0;
  for (let n = 0; n < count; n++) {
    const size = 10 ** random.uniform(-4, 0.5);
    const logits = Float64Array.from(best, (p) => (p > 0 ? Math.log(p) : 0) + size * random.normal());
    const policy = softmaxPolicy(logits, MAZE.actions);
    const values = softValuesOf(policy);
    // The sum of the theorem is a value too: of the income alpha KL.
    const income = MAZE.rewards.map((_, at) => ALPHA * incomeAt(policy, best, Math.floor(at / MAZE.actions)));
    const gaps = valuesOf({ ...MAZE, rewards: income }, policy);
    for (const s of ROOMS) {
      largestGain = Math.max(largestGain, values[s] - bestValues[s]);
      largestError = Math.max(largestError, Math.abs(bestValues[s] - values[s] - gaps[s]));
    }
  }
  return { largestGain, largestError };
}

function incomeAt(policy: TabularPolicy, best: TabularPolicy, s: number): number {
  return MAZE.terminal[s] ? 0 : divergence(policy, best, s);
}
