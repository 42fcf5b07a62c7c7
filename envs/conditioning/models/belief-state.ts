import type { BinnedSession, PredictionErrors } from '../events.ts';

/** What the animal is taken to know about the task: a hidden Markov model of it, with one state for each bin of a trial. */
export interface HiddenTask {
  /** Name of the cue that starts a trial. */
  cue: string;
  /** s from cue to reward, and how often each is drawn. */
  delays: readonly { seconds: number; probability: number }[];
  /** Share of cues that a reward follows. */
  rewardProbability: number;
  /** Probability of a cue in any bin between trials. */
  cueHazard: number;
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
  const { bins, cues, onsets, rewards, binSeconds } = session;
  const { alpha, gamma } = parameters;
  const hazard = hazardOf(task, binSeconds);
  const waiting = hazard.length;
  const cue = cues.indexOf(task.cue);
  const again = task.cueHazard * (1 - task.rewardProbability);
  const starts = task.cueHazard * task.rewardProbability;

  // The last state is the time between trials.
  let belief = new Float64Array(waiting + 1);
  let next = new Float64Array(waiting + 1);
  belief[waiting] = 1;
  const weights = new Float64Array(waiting + 1);
  const errors = new Float64Array(bins);
  const values = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const cued = cue >= 0 && onsets[bin * cues.length + cue] > 0;
    const rewarded = rewards[bin] !== 0;
    next.fill(0);
    if (cued) {
      next[0] = belief[waiting] * starts;
      next[waiting] = belief[waiting] * again;
    } else if (rewarded) {
      for (let k = 0; k < waiting; k++) next[waiting] += belief[k] * hazard[k];
    } else {
      for (let k = 0; k + 1 < waiting; k++) next[k + 1] = belief[k] * (1 - hazard[k]);
      next[waiting] = belief[waiting] * (1 - task.cueHazard);
    }
    normalise(next, cued);
    let expected = 0;
    let coming = 0;
    for (let k = 0; k <= waiting; k++) {
      expected += weights[k] * belief[k];
      coming += weights[k] * next[k];
    }
    const delta = rewards[bin] + gamma * coming - expected;
    for (let k = 0; k <= waiting; k++) weights[k] += alpha * delta * belief[k];
    errors[bin] = delta;
    values[bin] = coming;
    [belief, next] = [next, belief];
  }
  return { errors, values };
}

/** Probability of a reward in the step out of each bin after a cue, if there was none before. */
function hazardOf({ delays }: HiddenTask, binSeconds: number): Float64Array {
  const bins = delays.map(({ seconds }) => Math.round(seconds / binSeconds));
  const hazard = new Float64Array(Math.max(...bins));
  let left = delays.reduce((sum, { probability }) => sum + probability, 0);
  for (let k = 0; k < hazard.length; k++) {
    const here = delays.reduce((sum, { probability }, i) => sum + (bins[i] === k + 1 ? probability : 0), 0);
    hazard[k] = here / left;
    left -= here;
  }
  return hazard;
}

/** Where what was seen cannot be under the task, a trial has just begun, or is over. */
function normalise(belief: Float64Array, cued: boolean): void {
  let sum = 0;
  for (const probability of belief) sum += probability;
  if (sum > 0) {
    for (let k = 0; k < belief.length; k++) belief[k] /= sum;
    return;
  }
  belief.fill(0);
  belief[cued ? 0 : belief.length - 1] = 1;
}
