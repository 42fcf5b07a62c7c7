import type { BinnedSession, PredictionErrors } from '../events.ts';
import { type Features, linearTd } from './linear-td.ts';

/** What a cue tells. */
export interface HiddenCue {
  name: string;
  /** s from cue to reward, and how often each is drawn. */
  delays: readonly { seconds: number; probability: number }[];
  /** Share of these cues that a reward follows. */
  rewardProbability: number;
  /** Probability of the cue in any bin between trials. */
  hazard: number;
}

/** What the animal is taken to know of the task: a hidden Markov model of it, with a state for each bin after each cue. */
export interface HiddenTask {
  cues: readonly HiddenCue[];
}

export interface BeliefParameters {
  alpha: number;
  gamma: number;
}

/**
 * TD over beliefs: the animal holds a probability b for each hidden state of the task, the bins since a cue that will be
 * rewarded and the time between trials, updates it by Bayes' rule on what it sees, and
 *
 *     delta = r + gamma w . b' - w . b,    w <- w + alpha delta b.
 *
 * A cue that will not be rewarded leaves it between trials: as time goes by without a reward, more and more of the belief is
 * there.
 *
 * @see Starkweather, Babayan, Uchida and Gershman (2017), Dopamine reward prediction errors reflect hidden-state inference
 *   across time, Nature Neuroscience 20, equations 1 to 4
 */
export function beliefState(session: BinnedSession, task: HiddenTask, parameters: BeliefParameters): PredictionErrors {
  return linearTd(session, beliefsOf(session, task), { ...parameters, lambda: 0 });
}

/** What is believed in each bin: the features that beliefs are to TD. States of the cues come first, the time between trials last. */
export function beliefsOf(session: BinnedSession, task: HiddenTask): Features {
  const { bins, cues, onsets, rewards, binSeconds } = session;
  const chains = task.cues.map((cue) => ({
    ...cue,
    column: cues.indexOf(cue.name),
    hazards: hazardsOf(cue, binSeconds),
  }));
  // One state after another for each cue; the last is the time between trials.
  const cueStarts: number[] = [];
  let between = 0;
  for (const { hazards } of chains) {
    cueStarts.push(between);
    between += hazards.length;
  }
  const hazard = Float64Array.from(chains.flatMap(({ hazards }) => Array.from(hazards)));
  const noCue = 1 - task.cues.reduce((sum, cue) => sum + cue.hazard, 0);

  let belief = new Float64Array(between + 1);
  let next = new Float64Array(between + 1);
  belief[between] = 1;
  // Only states of the last cue are believed in, beside the time between trials: first and last of those that may be.
  let first = 0;
  let last = -1;
  const starts = new Int32Array(bins + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let bin = 0; bin < bins; bin++) {
    const shown = chains.findIndex(({ column }) => column >= 0 && onsets[bin * cues.length + column] > 0);
    let nextFirst = 0;
    let nextLast = -1;
    if (shown >= 0) {
      const { rewardProbability } = chains[shown];
      nextFirst = cueStarts[shown];
      nextLast = nextFirst;
      next[nextFirst] = belief[between] * chains[shown].hazard * rewardProbability;
      next[between] = belief[between] * chains[shown].hazard * (1 - rewardProbability);
    } else if (rewards[bin] !== 0) {
      next[between] = 0;
      for (let k = first; k <= last; k++) next[between] += belief[k] * hazard[k];
    } else {
      nextFirst = first + 1;
      nextLast = first;
      for (let k = first; k <= last; k++) {
        if (hazard[k] >= 1) continue;
        next[k + 1] = belief[k] * (1 - hazard[k]);
        nextLast = k + 1;
      }
      next[between] = belief[between] * noCue;
    }
    if (!normalise(next, nextFirst, nextLast)) {
      // What was seen cannot be under the task: a trial has just begun, or is over.
      if (shown < 0) nextLast = nextFirst - 1;
      next[shown >= 0 ? cueStarts[shown] : between] = 1;
    }
    for (let k = nextFirst; k <= nextLast; k++) {
      columns.push(k);
      values.push(next[k]);
    }
    columns.push(between);
    values.push(next[between]);
    starts[bin + 1] = columns.length;
    belief.fill(0, first, last + 1);
    [belief, next] = [next, belief];
    first = nextFirst;
    last = nextLast;
  }
  return { size: between + 1, starts, columns: Int32Array.from(columns), values: Float64Array.from(values) };
}

/** Probability of a reward in the step out of each bin after a cue, if there was none before; 1 in the last. */
function hazardsOf({ delays }: HiddenCue, binSeconds: number): Float64Array {
  const bins = delays.map(({ seconds }) => Math.max(1, Math.round(seconds / binSeconds)));
  const hazards = new Float64Array(Math.max(1, ...bins));
  let left = delays.reduce((sum, { probability }) => sum + probability, 0);
  for (let k = 0; k < hazards.length; k++) {
    const here = delays.reduce((sum, { probability }, i) => sum + (bins[i] === k + 1 ? probability : 0), 0);
    hazards[k] = k + 1 === hazards.length ? 1 : here / left;
    left -= here;
  }
  return hazards;
}

/** Makes beliefs sum to one, those from `first` to `last` and the last of all; clears them and says no where all are zero. */
function normalise(belief: Float64Array, first: number, last: number): boolean {
  const between = belief.length - 1;
  let sum = belief[between];
  for (let k = first; k <= last; k++) sum += belief[k];
  for (let k = first; k <= last; k++) belief[k] = sum > 0 ? belief[k] / sum : 0;
  belief[between] = sum > 0 ? belief[between] / sum : 0;
  return sum > 0;
}
