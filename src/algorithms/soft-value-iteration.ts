import { UserError } from '../core/errors.ts';
import type { TabularMdp } from '../core/tabular-mdp.ts';

export interface SoftValueIterationOptions {
  /** Price of entropy, at least 0. At 0 this is value iteration. */
  alpha: number;
  /** The values returned are no further than this from the true ones, rounding apart. */
  tolerance?: number;
  /** Backups of all states before giving up. */
  maxSweeps?: number;
}

/** What maximises E[sum_t gamma^t (r_t + alpha H(pi(.|s_t)))]. All zero in terminal states. */
export interface SoftOptimum {
  /** Soft Q(s, a) at s * actions + a: the entropy of the action at hand is not in it. */
  actionValues: Float64Array;
  /** Soft V(s) = alpha log sum_a exp(Q(s, a) / alpha): the entropy at hand is in it. */
  values: Float64Array;
  /** pi(a|s) at s * actions + a: the Boltzmann policy exp((Q - V) / alpha). At alpha = 0 the best actions share. */
  policy: Float64Array;
  /** Backups of all states it took. */
  sweeps: number;
}

/**
 * Soft value iteration (Ziebart 2010, section 6.2; Haarnoja et al. 2017, theorem 3): repeats the soft Bellman backup
 *
 *     Q(s, a) = r(s, a) + gamma sum_s' p(s'|s, a) V(s')
 *     V(s)    = alpha log sum_a exp(Q(s, a) / alpha)
 *
 * The backup is a contraction: it brings any two value functions closer by gamma, in the largest difference over states.
 * When a sweep moves V by d, V is within gamma d / (1 - gamma) of the optimum, which is what `tolerance` bounds. Without
 * discounting there is no such bound, and it goes on until a sweep changes nothing at all.
 *
 * @throws UserError when the problem is not well formed, or the values do not settle within `maxSweeps`
 */
export function softValueIteration(mdp: TabularMdp, options: SoftValueIterationOptions): SoftOptimum {
  const { alpha, tolerance = 1e-10, maxSweeps = 1_000_000 } = options;
  if (!(alpha >= 0 && alpha < Infinity)) {
    throw new UserError(`Soft value iteration wants a finite alpha of at least 0; got ${alpha}.`);
  }
  checkMdp(mdp);
  const { states, actions, transitions, rewards, terminal, gamma } = mdp;
  const actionValues = new Float64Array(states * actions);
  const values = new Float64Array(states);
  const previous = new Float64Array(states);

  for (let sweep = 1; sweep <= maxSweeps; sweep++) {
    previous.set(values);
    let change = 0;
    for (let s = 0; s < states; s++) {
      if (terminal[s]) continue;
      for (let a = 0; a < actions; a++) {
        const at = s * actions + a;
        let next = 0;
        for (let to = 0; to < states; to++) next += transitions[at * states + to] * previous[to];
        actionValues[at] = rewards[at] + gamma * next;
      }
      values[s] = softMaximum(actionValues, s * actions, actions, alpha);
      change = Math.max(change, Math.abs(values[s] - previous[s]));
    }
    if (gamma * change <= tolerance * (1 - gamma)) {
      return { actionValues, values, policy: boltzmannPolicy(mdp, actionValues, alpha), sweeps: sweep };
    }
  }
  throw new UserError(
    `Soft value iteration did not settle within ${maxSweeps} sweeps. ` +
      (gamma < 1 ? 'Allow more of them (maxSweeps).' : 'Without discounting values can grow for ever: lower gamma.'),
  );
}

/**
 * alpha log sum_i exp(q_i / alpha) over `count` entries of `q` from `at` on: never below their maximum, which it is at
 * alpha = 0. The maximum is taken out, so that no exponential overflows.
 */
export function softMaximum(q: Float64Array, at: number, count: number, alpha: number): number {
  let largest = -Infinity;
  for (let i = 0; i < count; i++) largest = Math.max(largest, q[at + i]);
  if (alpha === 0) return largest;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.exp((q[at + i] - largest) / alpha);
  return largest + alpha * Math.log(sum);
}

/**
 * The policy proportional to exp(Q(s, a) / alpha), at s * actions + a; at alpha = 0 the best actions share the
 * probability, which is its limit. All zero in terminal states.
 */
export function boltzmannPolicy(
  { states, actions, terminal }: TabularMdp,
  actionValues: Float64Array,
  alpha: number,
): Float64Array {
  const policy = new Float64Array(states * actions);
  for (let s = 0; s < states; s++) {
    if (terminal[s]) continue;
    const from = s * actions;
    const largest = softMaximum(actionValues, from, actions, 0);
    let sum = 0;
    for (let at = from; at < from + actions; at++) {
      const behind = actionValues[at] - largest;
      policy[at] = alpha > 0 ? Math.exp(behind / alpha) : Number(behind === 0);
      sum += policy[at];
    }
    for (let at = from; at < from + actions; at++) policy[at] /= sum;
  }
  return policy;
}

function checkMdp({ states, actions, transitions, rewards, terminal, gamma }: TabularMdp): void {
  if (!(gamma >= 0 && gamma <= 1)) throw new UserError(`A discount lies from 0 to 1; got gamma ${gamma}.`);
  const sizes = [
    ['transitions', transitions.length, states * actions * states],
    ['rewards', rewards.length, states * actions],
    ['terminal', terminal.length, states],
  ] as const;
  for (const [name, found, expected] of sizes) {
    if (found !== expected) {
      throw new UserError(
        `With ${states} states and ${actions} actions, ${name} has ${expected} entries; got ${found}.`,
      );
    }
  }
  for (let at = 0; at < states * actions; at++) {
    const s = Math.floor(at / actions);
    if (terminal[s]) continue;
    let sum = 0;
    for (let to = 0; to < states; to++) sum += transitions[at * states + to];
    if (!(Math.abs(sum - 1) < 1e-9) || !Number.isFinite(rewards[at])) {
      throw new UserError(
        `State ${s}, action ${at % actions}: expected probabilities of what follows that add up to 1 and a finite ` +
          `reward; got the sum ${sum} and the reward ${rewards[at]}.`,
      );
    }
  }
}
