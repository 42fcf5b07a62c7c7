import { Categorical } from '../../policy/distributions/categorical.ts';

/** Logit of the rarer of two choices, the other's being 0. */
export function logitOf(p: number): number {
  return Math.log(p / (1 - p));
}

/** dH/dlogit of the first of two choices, as training has it. */
export function entropySlope(logit: number): number {
  const distribution = new Categorical([2]);
  const gradients = new Float32Array(2);
  distribution.evaluate(Float32Array.of(logit, 0), 0, Float32Array.of(0), 0);
  distribution.backward(0, 1, gradients, 0);
  return gradients[0];
}

/** The same by central differences, over three choices: the largest difference, in parts of the slope. */
export function slopeError(): number {
  const distribution = new Categorical([3]);
  const entropyAt = (logits: readonly number[]): number => {
    distribution.evaluate(Float32Array.from(logits), 0, Float32Array.of(0), 0);
    return distribution.entropy;
  };
  let largest = 0;
  for (const first of [-4, -2, -1, 0.5, 2]) {
    const logits = [first, 0.25, -0.75];
    const gradients = new Float32Array(3);
    entropyAt(logits);
    distribution.backward(0, 1, gradients, 0);
    // A power of two, so that single precision adds it exactly.
    const step = 2 ** -10;
    logits.forEach((_, i) => {
      const moved = (by: number) => logits.map((logit, k) => (k === i ? logit + by : logit));
      const slope = (entropyAt(moved(step)) - entropyAt(moved(-step))) / (2 * step);
      largest = Math.max(largest, Math.abs(gradients[i] - slope) / Math.abs(slope));
    });
  }
  return largest;
}

/** Steps of size 1 up the entropy until a choice of probability p has come back to 1/4. */
export function stepsOut(p: number): number {
  let logit = logitOf(p);
  let steps = 0;
  for (; logit < logitOf(0.25) && steps < 1e6; steps++) logit += entropySlope(logit);
  return steps;
}
