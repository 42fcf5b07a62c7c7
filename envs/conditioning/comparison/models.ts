import { findById } from '../../../src/core/nearest.ts';
import { type BinnedSession, binAt, binSession, type EventTable, type PredictionErrors } from '../events.ts';
import { anccr } from '../models/anccr.ts';
import { beliefsOf, type HiddenTask } from '../models/belief-state.ts';
import { compoundFeatures } from '../models/complete-serial-compound.ts';
import { linearTd } from '../models/linear-td.ts';
import { microstimulusFeatures } from '../models/microstimuli.ts';
import { multiTimescale } from '../models/multi-timescale.ts';
import { rescorlaWagnerErrors } from '../models/rescorla-wagner.ts';
import { hiddenTaskOf } from './hidden-task.ts';

/** A number that is fitted. */
export interface FreeParameter {
  name: string;
  /** Bounds. */
  low: number;
  high: number;
  /** Whether it is searched for by its logarithm. */
  logarithmic?: boolean;
  /**
   * Where recordings that are made up have it from, where that is not the middle of the bounds: values with which the model
   * does not come to the same as another.
   */
  telling?: readonly (readonly [number, number])[];
}

/** Events as all models take them. */
export interface ModelledSession {
  events: EventTable;
  binned: BinnedSession;
  task: HiddenTask;
  /** s for which a cue is remembered. */
  memory: number;
}

/** A theory of what a dopamine signal tells. */
export interface ErrorModel {
  id: string;
  name: string;
  source: string;
  parameters: readonly FreeParameter[];
  /** Does once for a session what does not depend on parameters: a fit asks for its errors hundreds of times. */
  prepare(session: ModelledSession): ErrorsOf;
}

/** One error a bin. @param values of the model's parameters, in their order */
export type ErrorsOf = (values: readonly number[]) => Float64Array;

/** @param seconds length of the session @param memory s for which a cue is remembered */
export function modelledSession(
  events: EventTable,
  binSeconds: number,
  seconds: number,
  memory: number,
): ModelledSession {
  const binned = binSession(events, binSeconds, seconds);
  return { events, binned, memory, task: hiddenTaskOf(events, binSeconds, binned.bins * binSeconds, memory) };
}

const rate = (name: string, high = 0.5): FreeParameter => ({ name, low: 0.005, high, logarithmic: true });
/** s in which a reward to come loses all but 1/e of its worth. */
const horizon = (name = 'horizon', low = 0.5, high = 60): FreeParameter => ({ name, low, high, logarithmic: true });

/** Discount of one bin. */
const gammaOf = (seconds: number, { binSeconds }: BinnedSession) => Math.exp(-binSeconds / seconds);

/** Learners of a bank of discounts. */
const bankSize = 5;
/** From the middle horizon to the shortest and the longest. */
const bankSpread = 10;
/** s in which the trace of a stimulus decays to 1/e: what Ludvig et al. have in bins. */
const microstimulusTrace = 10;
const microstimulusCount = 10;

export const errorModels: readonly ErrorModel[] = [
  {
    id: 'rescorla-wagner',
    name: 'Rescorla-Wagner',
    source: 'Rescorla and Wagner 1972',
    parameters: [rate('alphaPositive', 0.8), rate('alphaNegative', 0.8)],
    prepare:
      ({ binned, events, memory }) =>
      ([alphaPositive, alphaNegative]) =>
        rescorlaWagnerErrors(binned, events, { alphaPositive, alphaNegative }, memory),
  },
  {
    id: 'td',
    name: 'TD(lambda), serial compound',
    source: 'Schultz, Dayan and Montague 1997',
    parameters: [rate('alpha'), horizon(), { name: 'lambda', low: 0, high: 0.99 }],
    prepare({ binned, memory }) {
      const features = compoundFeatures(binned, memory);
      return ([alpha, seconds, lambda]) =>
        linearTd(binned, features, { alpha, lambda, gamma: gammaOf(seconds, binned) }).errors;
    },
  },
  {
    id: 'microstimuli',
    name: 'Microstimuli',
    source: 'Ludvig, Sutton and Kehoe 2008',
    parameters: [rate('alpha'), horizon()],
    prepare({ binned }) {
      const decay = gammaOf(microstimulusTrace, binned);
      const features = microstimulusFeatures(binned, { count: microstimulusCount, sigma: 0.08, decay });
      return ([alpha, seconds]) =>
        linearTd(binned, features, { alpha, lambda: 0.95, gamma: gammaOf(seconds, binned) }).errors;
    },
  },
  {
    id: 'belief-state',
    name: 'Belief-state TD',
    source: 'Starkweather et al. 2017',
    parameters: [rate('alpha'), horizon()],
    prepare({ binned, task }) {
      const beliefs = beliefsOf(binned, task);
      return ([alpha, seconds]) =>
        linearTd(binned, beliefs, { alpha, lambda: 0, gamma: gammaOf(seconds, binned) }).errors;
    },
  },
  {
    id: 'distributional',
    name: 'Distributional TD, one unit',
    source: 'Dabney et al. 2020',
    // A tau of one half makes it TD(0.9), and it takes learning to show whether it is one.
    parameters: [
      { ...rate('alpha'), telling: [[0.03, 0.2]] },
      horizon(),
      {
        name: 'tau',
        low: 0.02,
        high: 0.98,
        telling: [
          [0.2, 0.35],
          [0.65, 0.8],
        ],
      },
    ],
    prepare({ binned, memory }) {
      const features = compoundFeatures(binned, memory);
      return ([alpha, seconds, tau]) =>
        linearTd(binned, features, {
          ...{ alpha: 2 * alpha * tau, alphaNegative: 2 * alpha * (1 - tau) },
          ...{ lambda: 0.9, gamma: gammaOf(seconds, binned) },
        }).errors;
    },
  },
  {
    id: 'multi-timescale',
    name: 'Multi-timescale TD',
    source: 'Masset et al. 2025',
    parameters: [rate('alpha'), horizon('middleHorizon', 1, 30)],
    prepare({ binned, memory }) {
      const features = compoundFeatures(binned, memory);
      return ([alpha, middle]) => {
        const gammas = Array.from({ length: bankSize }, (_, i) =>
          gammaOf(middle * bankSpread ** ((2 * i) / (bankSize - 1) - 1), binned),
        );
        return meanOf(multiTimescale(binned, gammas, { alpha, lambda: 0.9, memory }, features));
      };
    },
  },
  {
    id: 'anccr',
    name: 'ANCCR',
    source: 'Jeong et al. 2022',
    parameters: [horizon('timescale', 2, 200), rate('alpha', 0.3), { name: 'prospection', low: 0, high: 1 }],
    prepare:
      ({ events, binned }) =>
      ([timescale, alpha, prospection]) => {
        const errors = new Float64Array(binned.bins);
        const { dopamine } = anccr(events, { timescale, alpha, prospection, samplingInterval: binned.binSeconds });
        events.forEach(({ time }, index) => {
          errors[binAt(time, binned.binSeconds)] += dopamine[index];
        });
        return errors;
      },
  },
];

/** Bin by bin, over the learners of a bank. */
function meanOf(bank: readonly PredictionErrors[]): Float64Array {
  const mean = new Float64Array(bank[0].errors.length);
  for (const { errors } of bank) for (let bin = 0; bin < mean.length; bin++) mean[bin] += errors[bin];
  for (let bin = 0; bin < mean.length; bin++) mean[bin] /= bank.length;
  return mean;
}

/** The middle of the bounds of each parameter. */
export function middleOf({ parameters }: ErrorModel): number[] {
  return parameters.map((parameter) => valueAt(parameter, 0.5));
}

/** The value at a place between the bounds, 0 to 1. */
export function valueAt({ low, high, logarithmic }: FreeParameter, place: number): number {
  return logarithmic ? low * (high / low) ** place : low + (high - low) * place;
}

/** Share of the bounds, at either end, from which recordings that are made up have no parameter. */
const margin = 0.2;

/** Where recordings that are made up have a parameter from. */
export function tellingRanges(parameter: FreeParameter): readonly (readonly [number, number])[] {
  return parameter.telling ?? [[valueAt(parameter, margin), valueAt(parameter, 1 - margin)]];
}

/** @throws UserError for a name there is not */
export function errorModel(id: string): ErrorModel {
  return findById('model', id, errorModels);
}
