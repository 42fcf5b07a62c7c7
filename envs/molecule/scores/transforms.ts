import { z } from 'zod';

const real = z.number();

/** How a property becomes a score from 0 to 1. */
export const transformSchema = z.discriminatedUnion('kind', [
  /** As it is, within 0 and 1. */
  z.strictObject({ kind: z.literal('linear'), low: real.default(0), high: real.default(1) }),
  z.strictObject({ kind: z.literal('gaussian'), mu: real, sigma: z.number().positive() }),
  z.strictObject({ kind: z.literal('min-gaussian'), mu: real, sigma: z.number().positive() }),
  z.strictObject({ kind: z.literal('max-gaussian'), mu: real, sigma: z.number().positive() }),
  z.strictObject({ kind: z.literal('clipped'), upper: real, lower: real.default(0) }),
  z.strictObject({ kind: z.literal('sigmoid'), low: real, high: real, k: z.number().positive().default(0.5) }),
  z.strictObject({ kind: z.literal('reverse-sigmoid'), low: real, high: real, k: z.number().positive().default(0.5) }),
  z.strictObject({
    kind: z.literal('double-sigmoid'),
    low: real,
    high: real,
    divisor: z.number().positive().default(500),
    slopeLow: z.number().positive().default(20),
    slopeHigh: z.number().positive().default(20),
  }),
  z.strictObject({ kind: z.literal('exponential-decay'), k: z.number().positive() }),
  z.strictObject({
    kind: z.literal('step'),
    low: real.default(Number.NEGATIVE_INFINITY),
    high: real.default(Number.POSITIVE_INFINITY),
  }),
]);

export type Transform = z.output<typeof transformSchema>;

/**
 * A property as a score from 0 to 1.
 *
 * - `linear`: 0 at low, 1 at high; `step`: 1 within low and high, 0 outside.
 * - `gaussian`: e^(-((x - mu) / sigma)^2 / 2); `min-gaussian` is 1 below mu, `max-gaussian` above; `clipped`: linear from lower
 *   to upper, then 1. GuacaMol's modifiers (Brown et al. 2019).
 * - `sigmoid`: 1 / (1 + 10^(-10 k (x - (low + high) / 2) / (high - low))); `reverse-sigmoid`: one less that; `double-sigmoid`: up
 *   about low and down about high; `exponential-decay`: e^(-k x), 1 below 0. REINVENT's transforms (Loeffler et al. 2024).
 */
export function transform(x: number, settings: Transform): number {
  switch (settings.kind) {
    case 'linear':
      return within((x - settings.low) / (settings.high - settings.low));
    case 'gaussian':
      return bell(x, settings.mu, settings.sigma);
    case 'min-gaussian':
      return x <= settings.mu ? 1 : bell(x, settings.mu, settings.sigma);
    case 'max-gaussian':
      return x >= settings.mu ? 1 : bell(x, settings.mu, settings.sigma);
    case 'clipped':
      return within((x - settings.lower) / (settings.upper - settings.lower));
    case 'sigmoid':
      return rising(x, (10 * settings.k) / (settings.high - settings.low), (settings.low + settings.high) / 2);
    case 'reverse-sigmoid':
      return 1 - rising(x, (10 * settings.k) / (settings.high - settings.low), (settings.low + settings.high) / 2);
    case 'double-sigmoid':
      return (
        rising(x, (10 * settings.slopeLow) / settings.divisor, settings.low) -
        rising(x, (10 * settings.slopeHigh) / settings.divisor, settings.high)
      );
    case 'exponential-decay':
      return x < 0 ? 1 : Math.exp(-settings.k * x);
    case 'step':
      return x >= settings.low && x <= settings.high ? 1 : 0;
  }
}

const within = (share: number) => Math.min(Math.max(share, 0), 1);
const bell = (x: number, mu: number, sigma: number) => Math.exp(-0.5 * ((x - mu) / sigma) ** 2);
const rising = (x: number, slope: number, middle: number) => 1 / (1 + 10 ** (-slope * (x - middle)));
