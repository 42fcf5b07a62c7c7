import { z } from 'zod';
import { filledOptions } from '../../src/core/filled-options.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';

const probability = z.number().min(0).max(1);

const schema = z.strictObject({
  arms: z.int().min(2).max(16).default(2),
  good: probability.default(0.8),
  bad: probability.default(0.2),
  hazard: probability.default(0.05),
  trials: z.int().min(1).default(200),
});

/** Options of `upslope/ReversalBandit-v0`, see `README.md`. */
export type ReversalBanditOptions = z.input<typeof schema>;

interface ReversalBanditState {
  best: number;
  trial: number;
  features: number[];
  signals: number[];
  reward: number;
  random: RandomState;
}

/** What is left after a trial of the traces of choices and rewards. */
const traceDecays = [0, 0.5, 0.8];

const signalNames = ['correct', 'reversed'];

/**
 * A choice between arms, one of which is rewarded more often than the others. Before any trial, with a probability of `hazard`,
 * another arm becomes the better one, and nothing tells.
 *
 * Observation: of each arm, for each of three memories (the last trial alone, and two that fade by a half and by a fifth a
 * trial), whether it was chosen, and whether it was chosen and rewarded.
 */
export class ReversalBandit implements RowEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  readonly observationSize: number;
  readonly actionSize = 1;
  readonly signalNames = signalNames;
  readonly signals = new Float64Array(signalNames.length);
  readonly terminated = false;
  truncated = false;
  reward = 0;

  readonly settings: z.output<typeof schema>;
  /** The arm that is the better one now. */
  best = 0;

  readonly #random = new Random();
  readonly #features: Float64Array;
  #trial = 0;

  /** @throws UserError for options that do not fit */
  constructor(options: ReversalBanditOptions = {}) {
    this.settings = filledOptions('ReversalBandit', schema, options);
    const { arms } = this.settings;
    this.observationSize = 2 * arms * traceDecays.length;
    this.observationSpace = new Box(0, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.actionSpace = new Discrete(arms);
    this.#features = new Float64Array(this.observationSize);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.best = Math.floor(this.settings.arms * this.#random.double());
    this.#trial = 0;
    this.#features.fill(0);
    this.signals.fill(0);
    this.reward = 0;
    this.truncated = false;
    observation.set(this.#features);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const { arms, good, bad, hazard, trials } = this.settings;
    const reversed = this.#random.double() < hazard;
    if (reversed) this.best = (this.best + 1 + Math.floor((arms - 1) * this.#random.double())) % arms;
    const choice = action[0];
    const correct = choice === this.best;
    this.reward = this.#random.double() < (correct ? good : bad) ? 1 : 0;
    this.signals[0] = correct ? 1 : 0;
    this.signals[1] = reversed ? 1 : 0;
    this.truncated = ++this.#trial >= trials;

    const features = this.#features;
    traceDecays.forEach((decay, trace) => {
      for (let arm = 0; arm < arms; arm++) {
        const at = 2 * (trace * arms + arm);
        features[at] = decay * features[at] + (arm === choice ? 1 : 0);
        features[at + 1] = decay * features[at + 1] + (arm === choice ? this.reward : 0);
      }
    });
    observation.set(features);
  }

  getState(): ReversalBanditState {
    return {
      best: this.best,
      trial: this.#trial,
      features: Array.from(this.#features),
      signals: Array.from(this.signals),
      reward: this.reward,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as ReversalBanditState;
    this.best = saved.best;
    this.#trial = saved.trial;
    this.#features.set(saved.features);
    this.signals.set(saved.signals);
    this.reward = saved.reward;
    this.truncated = this.#trial >= this.settings.trials;
    this.#random.setState(saved.random);
  }
}
