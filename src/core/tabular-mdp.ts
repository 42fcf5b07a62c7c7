/** A Markov decision process small enough to be written down. States and actions are counted from 0. */
export interface TabularMdp {
  readonly states: number;
  readonly actions: number;
  /** p(s'|s, a) at (s * actions + a) * states + s'. Those of terminal states are not read. */
  readonly transitions: Float64Array;
  /** Mean reward of taking a in s, at s * actions + a. */
  readonly rewards: Float64Array;
  /** 1 where an episode is over. */
  readonly terminal: Uint8Array;
  /** Probability with which an episode begins in each state. */
  readonly start: Float64Array;
  /** Discount per step. */
  readonly gamma: number;
}
