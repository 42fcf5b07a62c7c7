import { findById } from '../../../src/core/nearest.ts';
import { type BinnedSession, binAt, binSession, type EventTable } from '../events.ts';
import { anccr } from '../models/anccr.ts';
import { beliefState, type HiddenTask } from '../models/belief-state.ts';
import { completeSerialCompound } from '../models/complete-serial-compound.ts';
import { microstimuli } from '../models/microstimuli.ts';
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
  /** One error a bin. @param values of the parameters, in their order */
  errors(session: ModelledSession, values: ArrayLike<number>): Float64Array;
}

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
const gammaOf = (seconds: number, { binned }: ModelledSession) => Math.exp(-binned.binSeconds / seconds);

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
    errors: ({ binned, events, memory }, [alphaPositive, alphaNegative]: number[]) =>
      rescorlaWagnerErrors(binned, events, { alphaPositive, alphaNegative }, memory),
  },
  {
    id: 'td',
    name: 'TD(lambda), serial compound',
    source: 'Schultz, Dayan and Montague 1997',
    parameters: [rate('alpha'), horizon(), { name: 'lambda', low: 0, high: 0.99 }],
    errors: (session, [alpha, seconds, lambda]: number[]) =>
      completeSerialCompound(session.binned, {
        ...{ alpha, lambda, gamma: gammaOf(seconds, session), memory: session.memory },
      }).errors,
  },
  {
    id: 'microstimuli',
    name: 'Microstimuli',
    source: 'Ludvig, Sutton and Kehoe 2008',
    parameters: [rate('alpha'), horizon()],
    errors: (session, [alpha, seconds]: number[]) =>
      microstimuli(session.binned, {
        ...{ alpha, lambda: 0.95, gamma: gammaOf(seconds, session) },
        ...{ count: microstimulusCount, sigma: 0.08, decay: gammaOf(microstimulusTrace, session) },
      }).errors,
  },
  {
    id: 'belief-state',
    name: 'Belief-state TD',
    source: 'Starkweather et al. 2017',
    parameters: [rate('alpha'), horizon()],
    errors: (session, [alpha, seconds]: number[]) =>
      beliefState(session.binned, session.task, { alpha, gamma: gammaOf(seconds, session) }).errors,
  },
  {
    id: 'distributional',
    name: 'Distributional TD, one unit',
    source: 'Dabney et al. 2020',
    parameters: [rate('alpha'), horizon(), { name: 'tau', low: 0.02, high: 0.98 }],
    errors: (session, [alpha, seconds, tau]: number[]) =>
      completeSerialCompound(session.binned, {
        ...{ alpha: 2 * alpha * tau, alphaNegative: 2 * alpha * (1 - tau) },
        ...{ lambda: 0.9, gamma: gammaOf(seconds, session), memory: session.memory },
      }).errors,
  },
  {
    id: 'multi-timescale',
    name: 'Multi-timescale TD',
    source: 'Masset et al. 2025',
    parameters: [rate('alpha'), horizon('middleHorizon', 1, 30)],
    errors(session, [alpha, middle]: number[]) {
      const gammas = Array.from({ length: bankSize }, (_, i) =>
        gammaOf(middle * bankSpread ** ((2 * i) / (bankSize - 1) - 1), session),
      );
      const bank = multiTimescale(session.binned, gammas, { alpha, lambda: 0.9, memory: session.memory });
      return bank[0].errors.map((_, bin) => bank.reduce((sum, { errors }) => sum + errors[bin], 0) / bankSize);
    },
  },
  {
    id: 'anccr',
    name: 'ANCCR',
    source: 'Jeong et al. 2022',
    parameters: [horizon('timescale', 2, 200), rate('alpha', 0.3), { name: 'prospection', low: 0, high: 1 }],
    errors({ events, binned }, [timescale, alpha, prospection]: number[]) {
      const errors = new Float64Array(binned.bins);
      const { dopamine } = anccr(events, { timescale, alpha, prospection, samplingInterval: binned.binSeconds });
      events.forEach(({ time }, index) => {
        errors[binAt(time, binned.binSeconds)] += dopamine[index];
      });
      return errors;
    },
  },
];

/** The middle of the bounds of each parameter. */
export function middleOf({ parameters }: ErrorModel): number[] {
  return parameters.map((parameter) => valueAt(parameter, 0.5));
}

/** The value at a place between the bounds, 0 to 1. */
export function valueAt({ low, high, logarithmic }: FreeParameter, place: number): number {
  return logarithmic ? low * (high / low) ** place : low + (high - low) * place;
}

/** @throws UserError for a name there is not */
export function errorModel(id: string): ErrorModel {
  return findById('model', id, errorModels);
}
