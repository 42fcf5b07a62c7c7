import { UserError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import { choicesOf } from '../../core/spaces/action-row.ts';
import type { QFeatures } from '../../estimators/fitted-q.ts';
import { Categorical } from '../../policy/distributions/categorical.ts';
import type { Policy } from '../../policy/policy.ts';
import type { EpisodeLog } from './episode-log.ts';
import { polynomial } from './polynomial.ts';

/** Actions drawn of the policy at each step, over which a model of continuous ones is averaged. */
const draws = 8;
/** Features of a model, at most: its equations are solved in the cube of their number. */
const mostFeatures = 400;

/** What a policy would do at the steps of a log. */
export interface PolicyOnLog {
  /** log pi(a_t|s_t). */
  logProbs: Float64Array;
  /** For a model of what its actions are worth. */
  features: QFeatures;
}

/**
 * Asks a policy about every step of a log.
 *
 * Features of a model are polynomials of degree 2 in the observation and the time since the episode began, for each choice of
 * discrete actions apart (several slots add up), and in observation, time and action together where actions are continuous.
 *
 * @param deterministic judges the policy that always takes its most likely choice
 * @param random draws continuous actions
 * @throws UserError for a deterministic policy of continuous actions
 */
export function policyOnLog(policy: Policy, log: EpisodeLog, deterministic: boolean, random: Random): PolicyOnLog {
  const { distribution } = policy;
  if (distribution instanceof Categorical) return choicesOnLog(policy, distribution, log, deterministic);
  if (deterministic) {
    throw new UserError(
      'A policy that always takes one of continuously many actions has no density to weigh a log with, and the log never ' +
        'took just that action. Judge the policy as it was trained, without --deterministic.',
    );
  }
  return actionsOnLog(policy, log, random);
}

function choicesOnLog(policy: Policy, distribution: Categorical, log: EpisodeLog, deterministic: boolean): PolicyOnLog {
  const { actionSize } = distribution;
  const choices = distribution.parameterSize;
  const logProbs = new Float64Array(log.rewards.length);
  const probabilities = new Float32Array(logProbs.length * choices);
  const best = new Float32Array(actionSize);
  const slots = slotsOf(policy);
  eachRow(policy, log, (t, at) => {
    const { outputs } = policy.actor;
    distribution.evaluate(outputs, at, log.actions, t * actionSize);
    logProbs[t] = distribution.logProb;
    for (let i = 0; i < choices; i++) probabilities[t * choices + i] = distribution.probabilities[i];
    if (!deterministic) return;
    distribution.deterministic(outputs, at, best, 0);
    logProbs[t] = best.every((choice, slot) => choice === log.actions[t * actionSize + slot]) ? 0 : -Infinity;
    probabilities.fill(0, t * choices, (t + 1) * choices);
    for (let slot = 0; slot < actionSize; slot++) probabilities[t * choices + slots[slot] + best[slot]] = 1;
  });

  const { rows, width } = statesOf(policy, log);
  const states = polynomial(rows, width, mostFeatures / choices);
  const { size } = states;
  const state = new Float64Array(size);
  const load = (t: number): void => states.write(rows.subarray(t * width, (t + 1) * width), state, 0);
  const features: QFeatures = {
    size: size * choices,
    taken(t, phi) {
      load(t);
      phi.fill(0);
      for (let slot = 0; slot < actionSize; slot++) {
        phi.set(state, (slots[slot] + log.actions[t * actionSize + slot]) * size);
      }
    },
    expected(t, phi) {
      load(t);
      for (let i = 0; i < choices; i++) {
        const p = probabilities[t * choices + i];
        for (let k = 0; k < size; k++) phi[i * size + k] = p * state[k];
      }
    },
  };
  return { logProbs, features };
}

function actionsOnLog(policy: Policy, log: EpisodeLog, random: Random): PolicyOnLog {
  const { distribution } = policy;
  const { actionSize, environmentActionSize: actionWidth } = distribution;
  const { rows: states, width: stateWidth } = statesOf(policy, log);
  const steps = log.rewards.length;
  const width = stateWidth + actionWidth;
  const logProbs = new Float64Array(steps);
  const taken = new Float32Array(steps * width);
  const drawn = new Float32Array(steps * draws * actionWidth);
  const action = new Float32Array(actionSize);
  eachRow(policy, log, (t, at) => {
    const { outputs } = policy.actor;
    distribution.evaluate(outputs, at, log.actions, t * actionSize);
    logProbs[t] = distribution.logProb;
    taken.set(states.subarray(t * stateWidth, (t + 1) * stateWidth), t * width);
    distribution.toEnvironment(log.actions, t * actionSize, taken, t * width + stateWidth);
    for (let k = 0; k < draws; k++) {
      distribution.sample(outputs, at, random, action, 0);
      distribution.toEnvironment(action, 0, drawn, (t * draws + k) * actionWidth);
    }
  });

  const pairs = polynomial(taken, width, mostFeatures);
  const row = new Float32Array(width);
  const one = new Float64Array(pairs.size);
  const features: QFeatures = {
    size: pairs.size,
    taken: (t, phi) => pairs.write(taken.subarray(t * width, (t + 1) * width), phi, 0),
    expected(t, phi) {
      phi.fill(0);
      row.set(states.subarray(t * stateWidth, (t + 1) * stateWidth));
      for (let k = 0; k < draws; k++) {
        const from = (t * draws + k) * actionWidth;
        row.set(drawn.subarray(from, from + actionWidth), stateWidth);
        pairs.write(row, one, 0);
        for (let i = 0; i < one.length; i++) phi[i] += one[i] / draws;
      }
    },
  };
  return { logProbs, features };
}

/**
 * Runs the actor over the log, and calls with each step and where the parameters of its action stand. A policy with memory
 * goes through each episode as it did when it acted.
 */
function eachRow(policy: Policy, log: EpisodeLog, use: (t: number, at: number) => void): void {
  const { starts, observations, masks, rewards } = log;
  const { actor, distribution, observationSize, stateSize, maskSize, maxRows } = policy;
  const normalised = new Float32Array(maxRows * observationSize);
  const steps = rewards.length;
  const nothing = policy.initialState(1);
  const carried = policy.initialState(1);
  let episode = 0;
  for (let start = 0; start < steps; start += maxRows) {
    const rows = Math.min(maxRows, steps - start);
    const raw = observations.subarray(start * observationSize, (start + rows) * observationSize);
    policy.normalise(raw, rows, normalised);
    policy.loadRows(normalised, 0, rows);
    for (let row = 0; row < rows; row++) {
      const begins = starts[episode] === start + row;
      if (begins) episode++;
      if (begins) policy.loadState(nothing, 0, row);
      else if (row === 0) policy.loadState(carried, 0, row);
      else policy.followRow(row);
    }
    actor.forward(rows);
    if (stateSize > 0) {
      policy.critic.forward(rows);
      policy.saveState(rows - 1, carried, 0);
    }
    for (let row = 0; row < rows; row++) {
      if (masks) distribution.setMask?.(masks, (start + row) * maskSize);
      use(start + row, row * actor.outputStride);
    }
  }
  distribution.setMask?.(undefined, 0);
}

/** What a model knows of each step: the observation, and how many steps the episode has lasted. */
function statesOf({ observationSize }: Policy, { starts, observations }: EpisodeLog) {
  const width = observationSize + 1;
  const steps = starts[starts.length - 1];
  const rows = new Float32Array(steps * width);
  for (let e = 0; e + 1 < starts.length; e++) {
    for (let t = starts[e]; t < starts[e + 1]; t++) {
      for (let i = 0; i < observationSize; i++) rows[t * width + i] = observations[t * observationSize + i];
      rows[t * width + observationSize] = t - starts[e];
    }
  }
  return { rows, width };
}

/** Where the choices of each slot begin among all of them. */
function slotsOf({ actionSpace }: Policy): number[] {
  let first = 0;
  return choicesOf(actionSpace).map((n) => {
    first += n;
    return first - n;
  });
}
