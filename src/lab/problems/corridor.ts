import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { type Outcomes, tabularMdp } from './tabular-mdp.ts';

export interface CorridorOptions {
  /** With the two ends, where episodes are over. */
  rooms: number;
  /** Room in which episodes begin. */
  start: number;
  /** Rewards of arriving at the ends. */
  left: number;
  right: number;
  /** Probability of going the other way. */
  slip: number;
  gamma: number;
}

/** Rooms in a row with a reward at either end; action 0 goes left, action 1 right. */
export function corridor({ rooms, start, left, right, slip, gamma }: CorridorOptions): TabularMdp {
  const last = rooms - 1;
  const outcomes = Array.from({ length: rooms }, (_, s): Outcomes[] => {
    if (s === 0 || s === last) return [];
    const toLeft = [s - 1, s === 1 ? left : 0] as const;
    const toRight = [s + 1, s === last - 1 ? right : 0] as const;
    return [
      [
        [1 - slip, ...toLeft],
        [slip, ...toRight],
      ],
      [
        [slip, ...toLeft],
        [1 - slip, ...toRight],
      ],
    ];
  });
  return tabularMdp(outcomes, gamma, start);
}
