import { fma, fnma, splat } from './simd';

export const NONE: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;
export const SILU: i32 = 3;

/**
 * Coefficients are read from memory ahead of a loop, as V8 builds constants anew at every use of them, which costs
 * more than the arithmetic.
 */
// @ts-ignore: decorator
@inline
function coefficient(table: usize, index: usize): v128 {
  return v128.load32_splat(table + index * 4);
}

const TANH_LIMIT: f32 = 8;
const TANH_TABLE = memory.data<f32>([
  TANH_LIMIT, -TANH_LIMIT,
  1.05, 1.4116720855236053e-1, 3.7501752376556396e-3, 2.298935032740701e-5, 1.599187626766252e-8,
  1.05, 4.911671578884125e-1, 2.747265435755253e-2, 3.5818523610942066e-4, 8.948543950282328e-7,
]);

/**
 * y = tanh x for `bytes` bytes of numbers, as x P(x^2) / Q(x^2), degrees 9 and 8, on [-8, 8] and constant beyond: a
 * minimax fit of the relative error, 6e-9 before rounding. In single precision the absolute error stays below 4e-7,
 * and the result within [-1, 1]. The comparisons let NaN through.
 */
export function tanh(from: usize, to: usize, bytes: usize): void {
  const limit = coefficient(TANH_TABLE, 0);
  const negativeLimit = coefficient(TANH_TABLE, 1);
  const one = coefficient(TANH_TABLE, 2);
  const p1 = coefficient(TANH_TABLE, 3);
  const p2 = coefficient(TANH_TABLE, 4);
  const p3 = coefficient(TANH_TABLE, 5);
  const p4 = coefficient(TANH_TABLE, 6);
  const q1 = coefficient(TANH_TABLE, 8);
  const q2 = coefficient(TANH_TABLE, 9);
  const q3 = coefficient(TANH_TABLE, 10);
  const q4 = coefficient(TANH_TABLE, 11);
  for (let i: usize = 0; i < bytes; i += 16) {
    const x = f32x4.pmin(f32x4.pmax(v128.load(from + i), negativeLimit), limit);
    const t = f32x4.mul(x, x);
    let p = fma(t, p4, p3);
    let q = fma(t, q4, q3);
    p = fma(p, t, p2);
    q = fma(q, t, q2);
    p = fma(p, t, p1);
    q = fma(q, t, q1);
    p = fma(p, t, one);
    q = fma(q, t, one);
    v128.store(to + i, f32x4.div(f32x4.mul(x, p), q));
  }
}

export function relu(from: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, f32x4.pmax(v128.load(from + i), splat(0)));
}

const SIGMOID_TABLE = memory.data<f32>([
  87, -87, 1.4426950408889634, 0.693359375, -2.1219444e-4,
  1, 0.5, 0.16666667, 0.041666668, 0.008333334, 0.0013888889, 0.0001984127,
]);

/**
 * Without `gradient`: y = z s, with s the sigmoid of z. With it: y = y s (1 + z (1 - s)), the chain rule through that.
 *
 * s = 1 / (1 + e^-z), relative error below 5e-7. For the exponential x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its
 * Taylor polynomial of degree 7, and n added to the exponent; saturates at +-87.
 */
export function silu(z: usize, y: usize, bytes: usize, gradient: bool): void {
  const limit = coefficient(SIGMOID_TABLE, 0);
  const negativeLimit = coefficient(SIGMOID_TABLE, 1);
  const perLn2 = coefficient(SIGMOID_TABLE, 2);
  // ln 2 in two parts, the first short enough for an exact product.
  const ln2High = coefficient(SIGMOID_TABLE, 3);
  const ln2Low = coefficient(SIGMOID_TABLE, 4);
  const one = coefficient(SIGMOID_TABLE, 5);
  const c2 = coefficient(SIGMOID_TABLE, 6);
  const c3 = coefficient(SIGMOID_TABLE, 7);
  const c4 = coefficient(SIGMOID_TABLE, 8);
  const c5 = coefficient(SIGMOID_TABLE, 9);
  const c6 = coefficient(SIGMOID_TABLE, 10);
  const c7 = coefficient(SIGMOID_TABLE, 11);
  for (let i: usize = 0; i < bytes; i += 16) {
    const input = v128.load(z + i);
    const x = f32x4.pmin(f32x4.pmax(f32x4.neg(input), negativeLimit), limit);
    const n = f32x4.nearest(f32x4.mul(x, perLn2));
    const r = fnma(n, ln2Low, fnma(n, ln2High, x));
    let e = fma(r, c7, c6);
    e = fma(e, r, c5);
    e = fma(e, r, c4);
    e = fma(e, r, c3);
    e = fma(e, r, c2);
    e = fma(e, r, one);
    e = fma(e, r, one);
    e = i32x4.add(e, i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23));
    const s = f32x4.div(one, f32x4.add(one, e));
    if (gradient) {
      const slope = f32x4.mul(s, fma(input, f32x4.sub(one, s), one));
      v128.store(y + i, f32x4.mul(v128.load(y + i), slope));
    } else {
      v128.store(y + i, f32x4.mul(input, s));
    }
  }
}

/** dy (1 - y^2) */
// @ts-ignore: decorator
@inline
export function tanhGradient(dy: v128, y: v128): v128 {
  return fnma(f32x4.mul(dy, y), y, dy);
}

/** dy where y > 0 */
// @ts-ignore: decorator
@inline
export function reluGradient(dy: v128, y: v128): v128 {
  return v128.and(dy, f32x4.gt(y, splat(0)));
}
