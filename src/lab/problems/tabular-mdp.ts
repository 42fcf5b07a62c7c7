import { mathjs } from '../../core/mathjs.ts';
import type { Random } from '../../core/random.ts';
import type { TabularMdp } from '../../core/tabular-mdp.ts';

/** pi(a|s) at s * actions + a. */
export type TabularPolicy = Float64Array;

/** How a tabular process is written down: `[probability, next state, reward]` for everything that can come of an action. */
export type Outcomes = readonly (readonly [probability: number, next: number, reward: number])[];

/**
 * @param outcomes of action a in state s, as `outcomes[s][a]`; none for terminal states
 * @param start the state in which episodes begin
 */
export function tabularMdp(outcomes: readonly (readonly Outcomes[])[], gamma: number, start = 0): TabularMdp {
  const states = outcomes.length;
  const actions = Math.max(...outcomes.map((ofState) => ofState.length));
  const transitions = new Float64Array(states * actions * states);
  const rewards = new Float64Array(states * actions);
  outcomes.forEach((ofState, s) => {
    ofState.forEach((ofAction, a) => {
      for (const [probability, next, reward] of ofAction) {
        transitions[(s * actions + a) * states + next] += probability;
        rewards[s * actions + a] += probability * reward;
      }
    });
  });
  return {
    states,
    actions,
    transitions,
    rewards,
    terminal: Uint8Array.from(outcomes, (ofState) => (ofState.length === 0 ? 1 : 0)),
    start: Float64Array.from(outcomes, (_, s) => (s === start ? 1 : 0)),
    gamma,
  };
}

/** The policy that takes every action with the same probability. */
export function uniformPolicy({ states, actions }: TabularMdp): TabularPolicy {
  return new Float64Array(states * actions).fill(1 / actions);
}

/** Softmax of logits, state by state. @param logits at s * actions + a */
export function softmaxPolicy(logits: ArrayLike<number>, actions: number): TabularPolicy {
  const policy = new Float64Array(logits.length);
  for (let s = 0; s < logits.length; s += actions) {
    let largest = -Infinity;
    for (let a = 0; a < actions; a++) largest = Math.max(largest, logits[s + a]);
    let sum = 0;
    for (let a = 0; a < actions; a++) sum += policy[s + a] = Math.exp(logits[s + a] - largest);
    for (let a = 0; a < actions; a++) policy[s + a] /= sum;
  }
  return policy;
}

/** V of a policy, exactly: the solution of V = r_pi + gamma P_pi V. 0 in terminal states. */
export function valuesOf(mdp: TabularMdp, policy: TabularPolicy): Float64Array {
  const { states, actions, transitions, rewards, terminal, gamma } = mdp;
  const rewardsOfPolicy: number[] = [];
  const matrix = Array.from({ length: states }, (_, s) => {
    const row = Array.from({ length: states }, (_, next) => (next === s ? 1 : 0));
    let reward = 0;
    for (let a = 0; a < actions && !terminal[s]; a++) {
      const at = s * actions + a;
      reward += policy[at] * rewards[at];
      for (let next = 0; next < states; next++) {
        if (!terminal[next]) row[next] -= gamma * policy[at] * transitions[at * states + next];
      }
    }
    rewardsOfPolicy.push(reward);
    return row;
  });
  return Float64Array.from(mathjs().lusolve(matrix, rewardsOfPolicy) as number[][], ([value]) => value);
}

/** Q(s, a) = r(s, a) + gamma E[V(s')] at s * actions + a; 0 in terminal states. */
export function actionValuesOf(mdp: TabularMdp, values: Float64Array): Float64Array {
  const { states, actions, transitions, rewards, terminal, gamma } = mdp;
  return Float64Array.from({ length: states * actions }, (_, at) => {
    if (terminal[Math.floor(at / actions)]) return 0;
    let next = 0;
    for (let s = 0; s < states; s++) if (!terminal[s]) next += transitions[at * states + s] * values[s];
    return rewards[at] + gamma * next;
  });
}

/** Mean value of the states in which episodes begin. */
export function startValue({ start }: TabularMdp, values: Float64Array): number {
  return start.reduce((sum, probability, s) => sum + probability * values[s], 0);
}

/** What can happen in up to `horizon` steps. `states` has one entry more than `actions`, the state arrived in. */
export interface Trajectory {
  probability: number;
  states: number[];
  actions: number[];
}

/** Every trajectory of up to `horizon` steps from the first states on, with its probability under the policy. */
export function* trajectoriesOf(mdp: TabularMdp, policy: TabularPolicy, horizon: number): Generator<Trajectory> {
  for (let s = 0; s < mdp.states; s++) {
    if (mdp.start[s] > 0)
      yield* continued(mdp, policy, horizon, { probability: mdp.start[s], states: [s], actions: [] });
  }
}

function* continued(mdp: TabularMdp, policy: TabularPolicy, horizon: number, begun: Trajectory): Generator<Trajectory> {
  const state = begun.states[begun.states.length - 1];
  if (begun.actions.length === horizon || mdp.terminal[state]) {
    yield begun;
    return;
  }
  for (let a = 0; a < mdp.actions; a++) {
    const at = state * mdp.actions + a;
    for (let next = 0; next < mdp.states; next++) {
      const probability = begun.probability * policy[at] * mdp.transitions[at * mdp.states + next];
      if (probability === 0) continue;
      yield* continued(mdp, policy, horizon, {
        probability,
        states: [...begun.states, next],
        actions: [...begun.actions, a],
      });
    }
  }
}

/** One trajectory of up to `horizon` steps; its probability is not worked out. */
export function sampleTrajectory(mdp: TabularMdp, policy: TabularPolicy, horizon: number, random: Random): Trajectory {
  const states = [drawn(mdp.start, 0, mdp.states, random)];
  const actions: number[] = [];
  while (actions.length < horizon && !mdp.terminal[states[states.length - 1]]) {
    const state = states[states.length - 1];
    const action = drawn(policy, state * mdp.actions, mdp.actions, random);
    actions.push(action);
    states.push(drawn(mdp.transitions, (state * mdp.actions + action) * mdp.states, mdp.states, random));
  }
  return { probability: Number.NaN, states, actions };
}

/** An index from 0 to `count` - 1 by the probabilities from `at` on. */
export function drawn(probabilities: Float64Array, at: number, count: number, random: Random): number {
  let remaining = random.double();
  let index = 0;
  for (let i = 0; i < count; i++) {
    if (probabilities[at + i] === 0) continue;
    index = i;
    remaining -= probabilities[at + i];
    if (remaining < 0) break;
  }
  return index;
}
