/**
 * The joint displacement that brings the tip by `error`, as nearly as is wise: damped least squares,
 *
 *     dq = J^T (J J^T + damping^2 I)^-1 error,
 *
 * which near a singular posture gives up some of the way rather than turn a joint without measure.
 *
 * @param jacobian 3 x n, row by row
 * @param error m, 3 numbers
 * @param damping m/rad, greater than 0
 * @param out rad, n numbers
 * @see Wampler (1986); Buss (2004), Introduction to inverse kinematics, equation 11
 */
export function dampedLeastSquares(
  jacobian: Float64Array,
  error: ArrayLike<number>,
  damping: number,
  out: Float64Array,
): void {
  const n = out.length;
  // The symmetric matrix J J^T + damping^2 I.
  let xx = damping * damping;
  let yy = xx;
  let zz = xx;
  let xy = 0;
  let xz = 0;
  let yz = 0;
  for (let i = 0; i < n; i++) {
    const x = jacobian[i];
    const y = jacobian[n + i];
    const z = jacobian[2 * n + i];
    xx += x * x;
    yy += y * y;
    zz += z * z;
    xy += x * y;
    xz += x * z;
    yz += y * z;
  }
  // Its inverse times the error, by cofactors.
  const a = yy * zz - yz * yz;
  const b = xz * yz - xy * zz;
  const c = xy * yz - xz * yy;
  const d = xx * zz - xz * xz;
  const e = xy * xz - xx * yz;
  const f = xx * yy - xy * xy;
  const scale = 1 / (xx * a + xy * b + xz * c);
  const x = scale * (a * error[0] + b * error[1] + c * error[2]);
  const y = scale * (b * error[0] + d * error[1] + e * error[2]);
  const z = scale * (c * error[0] + e * error[1] + f * error[2]);
  for (let i = 0; i < n; i++) out[i] = jacobian[i] * x + jacobian[n + i] * y + jacobian[2 * n + i] * z;
}
