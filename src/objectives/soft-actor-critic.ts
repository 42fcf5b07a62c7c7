/**
 * What soft actor-critic maximises (Haarnoja et al. 2018): V(s) = E_a[Q(s, a) - alpha log pi(a|s)], a value that counts
 * entropy at the price alpha. With samples of actions for continuous ones, with the whole expectation for discrete ones
 * (Christodoulou 2019).
 */

/** What Q(s, a) should be: r + gamma V(s'), and r alone where the episode ended there. */
export function softTarget(reward: number, gamma: number, terminated: number, nextValue: number): number {
  return terminated ? reward : reward + gamma * nextValue;
}

/** V(s) estimated from one action of the policy. */
export function softValue(q: number, logProb: number, alpha: number): number {
  return q - alpha * logProb;
}

/** log pi of every choice from its logits: `n` of them from `at` on, into `logProbs`. */
export function logSoftmax(logits: Float32Array, at: number, n: number, logProbs: Float64Array): void {
  let largest = -Infinity;
  for (let i = 0; i < n; i++) largest = Math.max(largest, logits[at + i]);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.exp(logits[at + i] - largest);
  const logSum = largest + Math.log(sum);
  for (let i = 0; i < n; i++) logProbs[i] = logits[at + i] - logSum;
}

/** V(s) = sum_a pi(a|s) (Q(s, a) - alpha log pi(a|s)). */
export function expectedSoftValue(logProbs: Float64Array, q: Float64Array, alpha: number): number {
  let value = 0;
  for (let i = 0; i < logProbs.length; i++) value += Math.exp(logProbs[i]) * (q[i] - alpha * logProbs[i]);
  return value;
}

/**
 * Writes `scale` x dV/dlogits, given V = `value`: each is pi_i (Q_i - alpha log pi_i - V), as the entropy's own
 * derivative to log pi_i adds the same -alpha to all and drops out.
 */
export function expectedSoftValueGradient(
  logProbs: Float64Array,
  q: Float64Array,
  alpha: number,
  value: number,
  scale: number,
  gradients: Float32Array,
  at: number,
): void {
  for (let i = 0; i < logProbs.length; i++) {
    gradients[at + i] = scale * Math.exp(logProbs[i]) * (q[i] - alpha * logProbs[i] - value);
  }
}

/** H(pi) = -sum_a pi log pi, in nats. */
export function entropyOf(logProbs: Float64Array): number {
  let entropy = 0;
  for (let i = 0; i < logProbs.length; i++) {
    if (logProbs[i] > -Infinity) entropy -= Math.exp(logProbs[i]) * logProbs[i];
  }
  return entropy;
}
