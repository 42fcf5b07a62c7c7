import { z } from 'zod';
import { UserError } from '../../src/core/errors.ts';
import { filledOptions } from '../../src/core/filled-options.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';

const schema = z.strictObject({
  cues: z.int().min(2).max(16).default(4),
  shortestDelay: z.int().min(0).default(2),
  longestDelay: z.int().min(0).max(1000).default(10),
});

/** Options of `upslope/RecallCue-v0`, see `README.md`. */
export type RecallCueOptions = z.input<typeof schema>;

interface RecallCueState {
  cue: number;
  shown: number;
  delay: number;
  step: number;
  reward: number;
  terminated: boolean;
  random: RandomState;
}

const QUESTION = -1;

const signalNames = ['correct', 'delay'];

/**
 * A symbol to remember, then a delay of unknown length in which other symbols pass that mean nothing, then a question:
 * which was the first? The right answer pays 1, everything else 0.
 *
 * Observation: which symbol is shown, one number for each, then 1 with the first of them, then 1 with the question.
 * Whoever does not remember sees the same question after every symbol, so that no such policy, random ones included,
 * is right more often than once in `cues`; whoever does is always.
 */
export class RecallCue implements RowEnv {
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  readonly observationSize: number;
  readonly actionSize = 1;
  readonly signalNames = signalNames;
  readonly signals = new Float64Array(signalNames.length);
  readonly truncated = false;
  terminated = false;
  reward = 0;

  readonly settings: z.output<typeof schema>;
  readonly #random = new Random();
  #cue = 0;
  /** The symbol on show, or QUESTION. */
  #shown = 0;
  #delay = 0;
  #step = 0;

  /** @throws UserError for options that do not fit */
  constructor(options: RecallCueOptions = {}) {
    this.settings = filledOptions('RecallCue', schema, options);
    const { cues, shortestDelay, longestDelay } = this.settings;
    if (shortestDelay > longestDelay) {
      throw new UserError(
        `RecallCue: shortestDelay must not exceed longestDelay; got ${shortestDelay} and ${longestDelay}.`,
      );
    }
    this.observationSize = cues + 2;
    this.observationSpace = new Box(0, 1, [this.observationSize]);
    this.actionSpace = new Discrete(cues);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    const { cues, shortestDelay, longestDelay } = this.settings;
    this.#cue = this.#random.integers(0, cues);
    this.#delay = this.#random.integers(shortestDelay, longestDelay + 1);
    this.#step = 0;
    this.#shown = this.#cue;
    this.#publish(0, observation);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const asked = this.#shown === QUESTION;
    this.#step++;
    this.#shown = this.#step > this.#delay ? QUESTION : this.#random.integers(0, this.settings.cues);
    this.#publish(asked && action[0] === this.#cue ? 1 : 0, observation);
    this.terminated = asked;
  }

  #publish(reward: number, observation: Float32Array): void {
    const { cues } = this.settings;
    for (let i = 0; i < cues; i++) observation[i] = this.#shown === i ? 1 : 0;
    observation[cues] = this.#step === 0 ? 1 : 0;
    observation[cues + 1] = this.#shown === QUESTION ? 1 : 0;
    this.reward = reward;
    this.terminated = false;
    this.signals[0] = reward;
    this.signals[1] = this.#delay;
  }

  getState(): RecallCueState {
    return {
      cue: this.#cue,
      shown: this.#shown,
      delay: this.#delay,
      step: this.#step,
      reward: this.reward,
      terminated: this.terminated,
      random: this.#random.getState(),
    };
  }

  setState(state: unknown): void {
    const saved = state as RecallCueState;
    this.#cue = saved.cue;
    this.#shown = saved.shown;
    this.#delay = saved.delay;
    this.#step = saved.step;
    this.reward = saved.reward;
    this.terminated = saved.terminated;
    this.signals[0] = saved.reward;
    this.signals[1] = saved.delay;
    this.#random.setState(saved.random);
  }
}
