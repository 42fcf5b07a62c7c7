import type { Random } from '../../core/random.ts';
import type { KnownInformation } from './known-information.ts';

/**
 * Independent categorical choices, one for each slot: `Discrete(n)` is one slot, `MultiDiscrete` several,
 * `MultiBinary` slots of two. Log-probabilities and entropies of the slots add up.
 *
 * Parameters are unnormalised log-probabilities (logits), slot after slot. A masked choice has probability exactly 0
 * and receives no gradient (Huang and Ontañón 2020, "A closer look at invalid action masking").
 */
export class Categorical implements KnownInformation {
  readonly parameterSize: number;
  readonly actionSize: number;
  readonly environmentActionSize: number;
  logProb = 0;
  entropy = 0;

  readonly #choices: Int32Array;
  readonly #probabilities: Float64Array;
  readonly #logProbabilities: Float64Array;
  readonly #slotEntropies: Float64Array;
  readonly #chosen: Int32Array;
  #mask: Uint8Array | undefined;
  #maskAt = 0;

  /** @param choices number of choices in each slot */
  constructor(choices: readonly number[]) {
    this.#choices = Int32Array.from(choices);
    this.actionSize = choices.length;
    this.environmentActionSize = choices.length;
    this.parameterSize = choices.reduce((sum, n) => sum + n, 0);
    this.#probabilities = new Float64Array(this.parameterSize);
    this.#logProbabilities = new Float64Array(this.parameterSize);
    this.#slotEntropies = new Float64Array(choices.length);
    this.#chosen = new Int32Array(choices.length);
  }

  /** Of every choice in the row last handled, slot after slot. */
  get probabilities(): Readonly<ArrayLike<number>> {
    return this.#probabilities;
  }

  setMask(mask: Uint8Array | undefined, at: number): void {
    this.#mask = mask;
    this.#maskAt = at;
  }

  sample(parameters: Float32Array, at: number, random: Random, action: Float32Array, actionAt: number): void {
    this.#normalise(parameters, at);
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const n = this.#choices[slot];
      let remaining = random.double();
      let choice = -1;
      for (let i = 0; i < n; i++) {
        const p = this.#probabilities[first + i];
        if (p === 0) continue;
        // The last allowed choice stands if rounding leaves a little of `remaining` over.
        choice = i;
        remaining -= p;
        if (remaining < 0) break;
      }
      action[actionAt + slot] = choice;
      first += n;
    }
  }

  deterministic(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#normalise(parameters, at);
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const n = this.#choices[slot];
      let best = 0;
      for (let i = 1; i < n; i++) if (this.#probabilities[first + i] > this.#probabilities[first + best]) best = i;
      action[actionAt + slot] = best;
      first += n;
    }
  }

  evaluate(parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    this.#normalise(parameters, at);
    let logProb = 0;
    let entropy = 0;
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const chosen = action[actionAt + slot];
      this.#chosen[slot] = chosen;
      logProb += this.#logProbabilities[first + chosen];
      entropy += this.#slotEntropies[slot];
      first += this.#choices[slot];
    }
    this.logProb = logProb;
    this.entropy = entropy;
  }

  backward(dLogProb: number, dEntropy: number, gradients: Float32Array, at: number): void {
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const n = this.#choices[slot];
      const slotEntropy = this.#slotEntropies[slot];
      for (let i = 0; i < n; i++) {
        const p = this.#probabilities[first + i];
        if (p === 0) {
          gradients[at + first + i] = 0;
          continue;
        }
        // d logProb / d logit_i = 1[i = chosen] - p_i,  d entropy / d logit_i = -p_i (log p_i + entropy)
        gradients[at + first + i] = -dLogProb * p - dEntropy * p * (this.#logProbabilities[first + i] + slotEntropy);
      }
      gradients[at + first + this.#chosen[slot]] += dLogProb;
      first += n;
    }
  }

  /** Of each slot, F = diag(p) - p p^T. */
  information(v: Float64Array, product: Float64Array): void {
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const end = first + this.#choices[slot];
      let mean = 0;
      for (let i = first; i < end; i++) mean += this.#probabilities[i] * v[i];
      for (let i = first; i < end; i++) product[i] = this.#probabilities[i] * (v[i] - mean);
      first = end;
    }
  }

  toEnvironment(action: Float32Array, actionAt: number, environmentAction: Float32Array, environmentAt: number): void {
    for (let slot = 0; slot < this.actionSize; slot++) {
      environmentAction[environmentAt + slot] = action[actionAt + slot];
    }
  }

  /** Softmax of each slot, with the largest logit taken out first so that no exponential overflows. */
  #normalise(parameters: Float32Array, at: number): void {
    const mask = this.#mask;
    const probabilities = this.#probabilities;
    const logProbabilities = this.#logProbabilities;
    let first = 0;
    for (let slot = 0; slot < this.actionSize; slot++) {
      const end = first + this.#choices[slot];
      let largest = -Infinity;
      for (let i = first; i < end; i++) {
        const logit = mask !== undefined && mask[this.#maskAt + i] === 0 ? -Infinity : parameters[at + i];
        logProbabilities[i] = logit;
        if (logit > largest) largest = logit;
      }
      let sum = 0;
      for (let i = first; i < end; i++) {
        // e^0 = 1 needs no exponential, and with few choices saves many of them.
        const weight = logProbabilities[i] === largest ? 1 : Math.exp(logProbabilities[i] - largest);
        probabilities[i] = weight;
        sum += weight;
      }
      const logSum = largest + Math.log(sum);
      let entropy = 0;
      for (let i = first; i < end; i++) {
        const p = probabilities[i] / sum;
        probabilities[i] = p;
        logProbabilities[i] -= logSum;
        if (p > 0) entropy -= p * logProbabilities[i];
      }
      this.#slotEntropies[slot] = entropy;
      first = end;
    }
  }
}
