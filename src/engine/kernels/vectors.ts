import { fma, splat } from './simd';

/** x += share (target - x), for `bytes` bytes of numbers, a multiple of 64. */
export function approach(x: usize, target: usize, bytes: usize, share: f32): void {
  const shares = splat(share);
  for (let i: usize = 0; i < bytes; i += 64) {
    const x0 = v128.load(x + i), x1 = v128.load(x + i, 16), x2 = v128.load(x + i, 32), x3 = v128.load(x + i, 48);
    v128.store(x + i, fma(f32x4.sub(v128.load(target + i), x0), shares, x0));
    v128.store(x + i, fma(f32x4.sub(v128.load(target + i, 16), x1), shares, x1), 16);
    v128.store(x + i, fma(f32x4.sub(v128.load(target + i, 32), x2), shares, x2), 32);
    v128.store(x + i, fma(f32x4.sub(v128.load(target + i, 48), x3), shares, x3), 48);
  }
}

/** x += y, for `bytes` bytes of numbers, a multiple of 64. */
export function add(x: usize, y: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 64) {
    v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(y + i)));
    v128.store(x + i, f32x4.add(v128.load(x + i, 16), v128.load(y + i, 16)), 16);
    v128.store(x + i, f32x4.add(v128.load(x + i, 32), v128.load(y + i, 32)), 32);
    v128.store(x + i, f32x4.add(v128.load(x + i, 48), v128.load(y + i, 48)), 48);
  }
}
