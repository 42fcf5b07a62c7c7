import type { TabularMdp } from '../../core/tabular-mdp.ts';
import { Categorical } from '../../policy/distributions/categorical.ts';
import { type Trajectory, tabularMdp } from './tabular-mdp.ts';

/** Three rooms and the way out, which is room 3. Doors are not reliable. */
export function littleMaze(gamma: number): TabularMdp {
  return tabularMdp(
    [
      [
        [
          [0.8, 1, 0],
          [0.2, 0, 0],
        ],
        [
          [0.7, 2, -1],
          [0.3, 0, 0],
        ],
      ],
      [
        [
          [0.6, 2, 1],
          [0.4, 0, 0],
        ],
        [
          [0.5, 3, 2],
          [0.5, 1, -1],
        ],
      ],
      [
        [
          [0.9, 3, 3],
          [0.1, 0, -2],
        ],
        [[1, 1, 0.5]],
      ],
      [],
    ],
    gamma,
  );
}

/** Logits of a policy that is neither good nor certain, at room * 2 + door. */
export const MAZE_LOGITS = Float32Array.of(0.3, -0.2, -0.5, 0.4, 0.1, 0.6);

/** Steps after which an episode in the maze is over in any case, few enough to write down all that can happen. */
export const MAZE_HORIZON = 5;

/** Rewards of a trajectory: the mean of each room and door. */
export function rewardsOf({ actions, rewards }: TabularMdp, trajectory: Trajectory): Float64Array {
  return Float64Array.from(trajectory.actions, (a, t) => rewards[trajectory.states[t] * actions + a]);
}

/**
 * sum_t weight_t grad log pi(a_t|s_t) with respect to the logits of a tabular softmax policy, added to `gradient`, by
 * the derivative that training uses.
 */
export function addScores(
  logits: Float32Array,
  choices: number,
  trajectory: Trajectory,
  weights: ArrayLike<number>,
  gradient: Float64Array,
): void {
  const distribution = new Categorical([choices]);
  const action = new Float32Array(1);
  const row = new Float32Array(choices);
  trajectory.actions.forEach((a, t) => {
    const at = trajectory.states[t] * choices;
    action[0] = a;
    distribution.evaluate(logits, at, action, 0);
    distribution.backward(weights[t], 0, row, 0);
    for (let i = 0; i < choices; i++) gradient[at + i] += row[i];
  });
}
