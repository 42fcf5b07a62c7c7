import { fma, laneSum, splat } from './simd';

/** Where the parameters lie and how to step, as the host lays it out in memory. */
@unmanaged
class AdamStep {
  parameters: usize;
  gradients: usize;
  firstMoments: usize;
  secondMoments: usize;
  /** Floats in each of these blocks, a multiple of 16. */
  count: i32;
  /** Gradients are scaled down to this norm. */
  maxNorm: f32;
  beta1: f32;
  oneMinusBeta1: f32;
  beta2: f32;
  oneMinusBeta2: f32;
  epsilon: f32;
  /** Learning rate / (1 - beta1^t). */
  stepSize: f32;
  /** 1 / sqrt(1 - beta2^t). */
  rootCorrection: f32;
  /** Scratch. */
  clip: f32;
}

/** One step of Adam. @param gradientNorm before clipping, of all gradients where these are a part of them */
export function adam(settings: usize, gradientNorm: f64): void {
  const step = changetype<AdamStep>(settings);
  step.clip = <f32>min(1, step.maxNorm / (gradientNorm + 1e-6));

  // Read from memory, as V8 would repeat in the loop whatever it can compute again.
  const clip = v128.load32_splat(settings, offsetof<AdamStep>('clip'));
  const beta1 = v128.load32_splat(settings, offsetof<AdamStep>('beta1'));
  const oneMinusBeta1 = v128.load32_splat(settings, offsetof<AdamStep>('oneMinusBeta1'));
  const beta2 = v128.load32_splat(settings, offsetof<AdamStep>('beta2'));
  const oneMinusBeta2 = v128.load32_splat(settings, offsetof<AdamStep>('oneMinusBeta2'));
  const epsilon = v128.load32_splat(settings, offsetof<AdamStep>('epsilon'));
  const stepSize = v128.load32_splat(settings, offsetof<AdamStep>('stepSize'));
  const rootCorrection = v128.load32_splat(settings, offsetof<AdamStep>('rootCorrection'));
  const parameters = step.parameters;
  const gradients = step.gradients;
  const firstMoments = step.firstMoments;
  const secondMoments = step.secondMoments;
  const bytes = <usize>step.count * 4;
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = f32x4.mul(v128.load(gradients + i), clip);
    const m = fma(beta1, v128.load(firstMoments + i), f32x4.mul(oneMinusBeta1, g));
    const v = fma(beta2, v128.load(secondMoments + i), f32x4.mul(f32x4.mul(oneMinusBeta2, g), g));
    v128.store(firstMoments + i, m);
    v128.store(secondMoments + i, v);
    const denominator = fma(f32x4.sqrt(v), rootCorrection, epsilon);
    const update = f32x4.div(f32x4.mul(stepSize, m), denominator);
    v128.store(parameters + i, f32x4.sub(v128.load(parameters + i), update));
  }
}

/** Euclidean norm of `count` numbers, a multiple of 16. */
export function norm(numbers: usize, count: i32): f64 {
  // Single precision within blocks, double between them.
  let total: f64 = 0;
  const end = numbers + count * 4;
  for (let block = numbers; block < end; block += 4096) {
    const blockEnd = min(block + 4096, end);
    let s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
    for (let at = block; at < blockEnd; at += 64) {
      const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
      s0 = fma(x0, x0, s0);
      s1 = fma(x1, x1, s1);
      s2 = fma(x2, x2, s2);
      s3 = fma(x3, x3, s3);
    }
    total += laneSum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  }
  if (isFinite(total)) return sqrt(total);
  // Squares beyond single precision, or an infinity or NaN among the numbers.
  total = 0;
  for (let at = numbers; at < end; at += 4) {
    const x = <f64>load<f32>(at);
    total += x * x;
  }
  return sqrt(total);
}
