import { fma, laneSum, splat } from './simd';

/** `rounds` x 96 multiply-adds of 4 lanes in 12 independent chains: nothing but arithmetic, to measure its peak rate. */
export function peak(rounds: i32): f32 {
  const x = splat(0.999);
  const y = splat(0.001);
  let c0 = splat(1.0), c1 = splat(1.1), c2 = splat(1.2), c3 = splat(1.3), c4 = splat(1.4), c5 = splat(1.5);
  let c6 = splat(1.6), c7 = splat(1.7), c8 = splat(1.8), c9 = splat(1.9), c10 = splat(2.0), c11 = splat(2.1);
  for (let i = 0; i < rounds * 8; i++) {
    c0 = fma(c0, x, y);
    c1 = fma(c1, x, y);
    c2 = fma(c2, x, y);
    c3 = fma(c3, x, y);
    c4 = fma(c4, x, y);
    c5 = fma(c5, x, y);
    c6 = fma(c6, x, y);
    c7 = fma(c7, x, y);
    c8 = fma(c8, x, y);
    c9 = fma(c9, x, y);
    c10 = fma(c10, x, y);
    c11 = fma(c11, x, y);
  }
  c0 = f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3));
  c4 = f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7));
  c8 = f32x4.add(f32x4.add(c8, c9), f32x4.add(c10, c11));
  return laneSum(f32x4.add(f32x4.add(c0, c4), c8));
}
