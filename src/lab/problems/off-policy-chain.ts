import type { Segments } from '../../estimators/gae.ts';
import { type VtraceOptions, vtrace } from '../../estimators/vtrace.ts';
import { corridor } from './corridor.ts';
import { type TabularPolicy, trajectoriesOf } from './tabular-mdp.ts';

/** A chain of three rooms between its ends, walked by mu. The largest pi / mu is 2, the smallest 1/4. */
export const CHAIN = corridor({ rooms: 5, start: 2, left: 1, right: 2, slip: 0.1, gamma: 0.9 });
export const CHAIN_PI = Float64Array.of(0, 0, 0.2, 0.8, 0.3, 0.7, 0.1, 0.9, 0, 0);
export const CHAIN_MU = Float64Array.of(0, 0, 0.6, 0.4, 0.5, 0.5, 0.4, 0.6, 0, 0);
export const LARGEST_RATIO = 2;
export const SMALLEST_RATIO = 0.25;

/** Proportional to min(rhoBar mu, pi): Espeholt et al. 2018, section 4.1. */
export function clippedPolicy(rhoBar: number): TabularPolicy {
  const policy = CHAIN_PI.map((p, at) => Math.min(rhoBar * CHAIN_MU[at], p));
  for (let from = 0; from < policy.length; from += CHAIN.actions) {
    const sum = policy[from] + policy[from + 1];
    for (let at = from; at < from + CHAIN.actions && sum > 0; at++) policy[at] /= sum;
  }
  return policy;
}

/**
 * Where values settle that are replaced by the expectation of their V-trace targets, over every segment of `steps`
 * steps that mu can walk from each state, and the distance from there at each sweep.
 */
export function fixedPoint(options: VtraceOptions, steps: number): { values: Float64Array; errors: number[] } {
  const { segments, logRatios, fill, expect } = everySegment(steps);
  const targets = new Float64Array(logRatios.length);
  const advantages = new Float64Array(logRatios.length);
  const history: Float64Array[] = [new Float64Array(CHAIN.states)];
  let values: Float64Array = history[0];
  for (let change = Infinity; change > 1e-13 && history.length < 1e4; history.push(values)) {
    fill(values);
    vtrace(segments, logRatios, options, advantages, targets);
    const next = expect(targets);
    change = distance(values, next);
    values = next;
  }
  // What is nearer than this is rounding.
  const errors = history.map((earlier) => distance(earlier, values)).filter((error) => error > 1e-10);
  return { values, errors };
}

function everySegment(steps: number) {
  const walks = Array.from({ length: CHAIN.states }, (_, s) => s)
    .filter((s) => !CHAIN.terminal[s])
    .flatMap((s) => {
      const start = CHAIN.start.map((_, state) => (state === s ? 1 : 0));
      return [...trajectoriesOf({ ...CHAIN, start }, CHAIN_MU, steps)];
    });
  const size = steps * walks.length;
  const segments: Segments = {
    steps,
    numEnvs: walks.length,
    rewards: new Float64Array(size),
    values: new Float64Array(size),
    nextValues: new Float64Array(size),
    // What comes after the end of a walk is over at once and worth nothing.
    terminated: new Uint8Array(size).fill(1),
    truncated: new Uint8Array(size),
  };
  const logRatios = new Float64Array(size);
  walks.forEach(({ states, actions }, i) => {
    actions.forEach((action, t) => {
      const at = t * walks.length + i;
      const choice = states[t] * CHAIN.actions + action;
      segments.rewards[at] = CHAIN.rewards[choice];
      segments.terminated[at] = CHAIN.terminal[states[t + 1]];
      logRatios[at] = Math.log(CHAIN_PI[choice] / CHAIN_MU[choice]);
    });
  });
  const fill = (values: Float64Array): void => {
    walks.forEach(({ states, actions }, i) => {
      actions.forEach((_, t) => {
        segments.values[t * walks.length + i] = values[states[t]];
        segments.nextValues[t * walks.length + i] = values[states[t + 1]];
      });
    });
  };
  const expect = (targets: Float64Array): Float64Array => {
    const values = new Float64Array(CHAIN.states);
    walks.forEach(({ states, probability }, i) => {
      values[states[0]] += probability * targets[i];
    });
    return values;
  };
  return { segments, logRatios, fill, expect };
}

/** Largest difference over states. */
export function distance(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, s) => Math.abs(value - b[s])));
}
