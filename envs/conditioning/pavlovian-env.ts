import { z } from 'zod';
import { filledOptions } from '../../src/core/filled-options.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import type { RowEnv } from '../../src/core/row-env.ts';
import { Box, Discrete } from '../../src/core/spaces/index.ts';
import { type BinnedSession, binAt, binSession } from './events.ts';
import { hyperbolicUtility } from './models/distributional.ts';
import { paradigm, paradigmNames } from './paradigms.ts';
import { type ConditioningSession, drawSession, type PavlovianTask, taskSchema } from './task.ts';

const schema = z
  .strictObject({
    paradigm: z.enum(paradigmNames).default('acquisition'),
    task: taskSchema.optional(),
    trials: z.int().min(1).default(20),
    binSeconds: z.number().positive().default(0.2),
    observe: z.enum(['traces', 'compound']).default('traces'),
    memory: z.number().positive().default(4),
    lickCost: z.number().min(0).default(0.02),
    unlicked: z.number().min(0).max(1).default(0.5),
    utility: z.enum(['linear', 'hyperbolic']).default('linear'),
  })
  .refine(({ utility, task }) => utility === 'linear' || !task || leastMagnitude(task) >= 0, {
    path: ['utility'],
    message: 'expected linear where rewards are below zero',
  });

/** Options of `upslope/Pavlovian-v0`, see `README.md`. */
export type PavlovianOptions = z.input<typeof schema>;

function leastMagnitude({ trialTypes, freeRewards }: PavlovianTask): number {
  const choices = [...trialTypes.map(({ reward }) => reward?.magnitude ?? 0), freeRewards?.magnitude ?? 0];
  return Math.min(...choices.flatMap((choice) => (typeof choice === 'number' ? choice : choice.values)));
}

interface PavlovianState {
  /** Of the random stream, before the session was drawn and now. */
  drawnFrom: RandomState;
  random: RandomState;
  bin: number;
  features: number[];
  reward: number;
  signals: number[];
}

/** s: time constants of the traces that a stimulus leaves. */
const traceSeconds = [0.4, 0.8, 1.6, 3.2, 6.4];

const signalNames = ['cue', 'delivered', 'lick', 'collected', 'trial'];

/**
 * An experiment in Pavlovian conditioning, a bin of time a step: the animal sees cues and tastes rewards, and licks (1) or does
 * not (0). What is not licked up in the bin in which it comes is partly lost, and each lick costs a little; else nothing that
 * it does changes what happens. Episodes are sessions of some trials, cut off at the end.
 *
 * Observation: of each cue in alphabetical order and of reward last, what it has left. With `traces` those are 1 in the bin in
 * which it comes and five traces that decay with 0.4 to 6.4 s; with `compound` one number for each bin since, 1 in its own, as
 * far back as `memory`.
 */
export class PavlovianEnv implements RowEnv {
  readonly observationSpace: Box;
  readonly actionSpace = new Discrete(2);
  readonly observationSize: number;
  readonly actionSize = 1;
  readonly signalNames = signalNames;
  readonly signals = new Float64Array(signalNames.length);
  readonly terminated = false;
  truncated = false;
  reward = 0;

  readonly task: PavlovianTask;
  readonly binSeconds: number;
  /** Names of the cues, in the order of the observation. */
  readonly cues: readonly string[];
  /** The session under way. */
  session: ConditioningSession = { events: [], trials: [], seconds: 0 };
  /** Where it stands. */
  bin = 0;

  readonly #settings: z.output<typeof schema>;
  readonly #random = new Random();
  readonly #perStimulus: number;
  /** What every stimulus has left: the observation. */
  readonly #features: Float64Array;
  readonly #decays: Float64Array;
  #drawnFrom: RandomState = this.#random.getState();
  #binned: BinnedSession | undefined;

  /** @throws UserError for options that do not fit */
  constructor(options: PavlovianOptions = {}) {
    const settings = filledOptions('Pavlovian', schema, options);
    this.#settings = settings;
    this.task = settings.task ?? paradigm(settings.paradigm);
    this.binSeconds = settings.binSeconds;
    this.cues = [...new Set(this.task.trialTypes.flatMap(({ cues }) => cues.map(({ name }) => name)))].sort();
    this.#perStimulus =
      settings.observe === 'traces'
        ? 1 + traceSeconds.length
        : Math.max(1, Math.round(settings.memory / this.binSeconds));
    this.#decays = Float64Array.from(traceSeconds, (seconds) => Math.exp(-this.binSeconds / seconds));
    this.observationSize = (this.cues.length + 1) * this.#perStimulus;
    this.observationSpace = new Box(0, Number.POSITIVE_INFINITY, [this.observationSize]);
    this.#features = new Float64Array(this.observationSize);
  }

  reset(seed: number | undefined, observation: Float32Array): void {
    if (seed !== undefined) this.#random.reseed(seed);
    this.#draw();
    this.#features.fill(0);
    this.bin = 0;
    this.#enterBin(false);
    this.reward = 0;
    observation.set(this.#features);
  }

  step(action: Float32Array, observation: Float32Array): void {
    const licks = action[0] === 1;
    this.bin++;
    this.#enterBin(licks);
    const { lickCost } = this.#settings;
    this.reward = this.signals[3] - (licks ? lickCost : 0);
    this.truncated = this.bin + 1 >= this.#binned!.bins;
    observation.set(this.#features);
  }

  getState(): PavlovianState {
    return {
      drawnFrom: this.#drawnFrom,
      random: this.#random.getState(),
      bin: this.bin,
      features: Array.from(this.#features),
      reward: this.reward,
      signals: Array.from(this.signals),
    };
  }

  setState(state: unknown): void {
    const saved = state as PavlovianState;
    this.#random.setState(saved.drawnFrom);
    this.#draw();
    this.#random.setState(saved.random);
    this.bin = saved.bin;
    this.#features.set(saved.features);
    this.reward = saved.reward;
    this.signals.set(saved.signals);
    this.truncated = this.bin + 1 >= this.#binned!.bins;
  }

  #draw(): void {
    this.#drawnFrom = this.#random.getState();
    this.session = drawSession(this.task, this.#settings.trials, this.#random);
    // An episode has a step at the least.
    const seconds = Math.max(this.session.seconds, 2 * this.binSeconds);
    this.#binned = binSession(this.session.events, this.binSeconds, seconds, this.cues);
    this.truncated = false;
    this.signals.fill(0);
  }

  #enterBin(licks: boolean): void {
    const { onsets, rewards } = this.#binned!;
    const { utility, unlicked } = this.#settings;
    const stimuli = this.cues.length;
    const delivered = rewards[this.bin];
    let shown = 0;
    for (let cue = 0; cue < stimuli; cue++) {
      const onset = onsets[this.bin * stimuli + cue];
      shown += onset;
      this.#leaveTrace(cue, onset);
    }
    this.#leaveTrace(stimuli, delivered === 0 ? 0 : 1);
    const worth = utility === 'linear' ? delivered : hyperbolicUtility(delivered);
    this.signals[0] = shown;
    this.signals[1] = delivered;
    this.signals[2] = licks ? 1 : 0;
    this.signals[3] = licks ? worth : unlicked * worth;
    while (
      this.signals[4] < this.session.trials.length &&
      binAt(this.session.trials[this.signals[4]].start, this.binSeconds) <= this.bin
    ) {
      this.signals[4]++;
    }
  }

  #leaveTrace(stimulus: number, present: number): void {
    const features = this.#features;
    const from = stimulus * this.#perStimulus;
    if (this.#settings.observe === 'compound') {
      features.copyWithin(from + 1, from, from + this.#perStimulus - 1);
      features[from] = present;
      return;
    }
    features[from] = present;
    for (let i = 0; i < this.#decays.length; i++) {
      const at = from + 1 + i;
      features[at] = present > 0 ? 1 : features[at] * this.#decays[i];
    }
  }
}
