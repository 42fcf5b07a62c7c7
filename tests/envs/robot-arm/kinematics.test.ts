import { describe, expect, test } from '@jest/globals';
import { dampedLeastSquares } from '../../../envs/robot-arm/kinematics.ts';
import { Random } from '../../../src/core/random.ts';

describe('damped least squares', () => {
  test('by hand, for two joints that move along x and y', () => {
    const out = new Float64Array(2);
    // J J^T + 1 is 5 and 2 on its diagonal: 2 x 1 / 5 and 1 x 1 / 2.
    dampedLeastSquares(Float64Array.of(2, 0, 0, 1, 0, 0), [1, 1, 1], 1, out);
    expect(out[0]).toBeCloseTo(0.4, 14);
    expect(out[1]).toBeCloseTo(0.5, 14);
  });

  test('solves the normal equations (J^T J + damping^2) dq = J^T e', () => {
    const random = new Random(1);
    const n = 7;
    const jacobian = Float64Array.from({ length: 3 * n }, () => random.normal());
    const error = Float64Array.of(0.3, -0.1, 0.2);
    const damping = 0.3;
    const dq = new Float64Array(n);
    dampedLeastSquares(jacobian, error, damping, dq);
    for (let i = 0; i < n; i++) {
      let left = damping ** 2 * dq[i];
      let right = 0;
      for (let axis = 0; axis < 3; axis++) {
        const row = jacobian.subarray(axis * n, (axis + 1) * n);
        left += row[i] * row.reduce((sum, entry, j) => sum + entry * dq[j], 0);
        right += row[i] * error[axis];
      }
      expect(left).toBeCloseTo(right, 12);
    }
  });

  test('where nothing moves along an axis, nothing turns for it', () => {
    const out = new Float64Array(2);
    dampedLeastSquares(Float64Array.of(1, 1, 0, 0, 0, 0), [0, 5, 0], 0.1, out);
    expect(Array.from(out)).toEqual([0, 0]);
  });
});
