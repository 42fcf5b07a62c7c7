import type { Random } from '../core/random.ts';
import type { Distribution } from './distributions/distribution.ts';
import { type HeldNoise, holdsNoise } from './distributions/state-dependent-noise.ts';

/** JSON-able. */
export interface ExplorationState {
  noise: number[];
  ages: number[];
}

/**
 * Samples the actions of a batch of environments: anew at every step, or where the distribution can hold its noise, with
 * noise of each environment's own that stays for several steps.
 */
export class Exploration {
  readonly #distribution: Distribution;
  readonly #held: HeldNoise | undefined;
  readonly #random: Random;
  readonly #noiseSteps: number;
  readonly #noise: Float32Array;
  /** Steps each environment has taken with its noise; 0 where it is to be drawn. */
  readonly #ages: Int32Array;

  /** @param noiseSteps for which noise is held; 0 until `restart` */
  constructor(distribution: Distribution, numEnvs: number, noiseSteps: number, random: Random) {
    this.#distribution = distribution;
    this.#held = holdsNoise(distribution) ? distribution : undefined;
    this.#random = random;
    this.#noiseSteps = noiseSteps;
    this.#noise = new Float32Array(numEnvs * (this.#held?.heldNoiseSize ?? 0));
    this.#ages = new Int32Array(numEnvs);
  }

  /** All environments draw new noise at their next step. */
  restart(): void {
    this.#ages.fill(0);
  }

  /** Writes an action of environment `env`. */
  sample(env: number, parameters: Float32Array, at: number, action: Float32Array, actionAt: number): void {
    const held = this.#held;
    if (held === undefined) {
      this.#distribution.sample(parameters, at, this.#random, action, actionAt);
      return;
    }
    const noiseAt = env * held.heldNoiseSize;
    if (this.#ages[env] === 0) {
      for (let k = noiseAt; k < noiseAt + held.heldNoiseSize; k++) this.#noise[k] = this.#random.normal();
    }
    this.#ages[env]++;
    if (this.#ages[env] === this.#noiseSteps) this.#ages[env] = 0;
    held.sampleHeld(parameters, at, this.#noise, noiseAt, action, actionAt);
  }

  /** `undefined` where nothing is carried from step to step. */
  getState(): ExplorationState | undefined {
    return this.#held && { noise: [...this.#noise], ages: [...this.#ages] };
  }

  setState(state: ExplorationState | undefined): void {
    if (state === undefined) return;
    this.#noise.set(state.noise);
    this.#ages.set(state.ages);
  }
}
