/** JSON-able. */
export interface TemperatureState {
  logAlpha: number;
  step: number;
  firstMoment: number;
  secondMoment: number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * The price of entropy, alpha, moved so that the policy keeps a given entropy (Haarnoja et al. 2018, "Soft actor-critic
 * algorithms and applications", section 5): descends J(log alpha) = log alpha (entropy - target) by Adam. Taken with
 * respect to log alpha rather than alpha the step does not shrink with alpha, and alpha stays positive.
 */
export class Temperature {
  readonly target: number;
  readonly #learningRate: number;
  #state: TemperatureState;

  /** @param target entropy to keep, in nats */
  constructor({ initial, target, learningRate }: { initial: number; target: number; learningRate: number }) {
    this.target = target;
    this.#learningRate = learningRate;
    this.#state = { logAlpha: Math.log(initial), step: 0, firstMoment: 0, secondMoment: 0 };
  }

  get alpha(): number {
    return Math.exp(this.#state.logAlpha);
  }

  /** @param entropy the policy's, or the mean of -log pi(a|s) over a batch */
  update(entropy: number): void {
    const state = this.#state;
    const gradient = entropy - this.target;
    state.step++;
    state.firstMoment = BETA1 * state.firstMoment + (1 - BETA1) * gradient;
    state.secondMoment = BETA2 * state.secondMoment + (1 - BETA2) * gradient ** 2;
    const mean = state.firstMoment / (1 - BETA1 ** state.step);
    const variance = state.secondMoment / (1 - BETA2 ** state.step);
    state.logAlpha -= (this.#learningRate * mean) / (Math.sqrt(variance) + EPSILON);
  }

  getState(): TemperatureState {
    return { ...this.#state };
  }

  setState(state: TemperatureState): void {
    this.#state = { ...state };
  }
}
