import { existsSync } from 'node:fs';
import type { Actor, DomainEvaluation } from '../envs/domain.ts';
import { domainOf } from '../envs/index.ts';
import { loadEnvironment } from '../scenarios/environments.ts';
import { finalOptionsOf } from '../scenarios/prepare.ts';
import { parseScenario, type Scenario } from '../scenarios/schema.ts';
import { UserError } from '../src/core/errors.ts';
import { createCpuEngine } from '../src/engine/wasm/engine.ts';
import { loadPolicy } from '../src/policy/artefact.ts';
import type { Policy } from '../src/policy/policy.ts';
import { type RunPaths, readRunConfig, runPaths } from '../src/training/run-directory.ts';

export interface StoredRun {
  scenario: Scenario;
  seed: number;
  totalSteps: number;
  paths: RunPaths;
}

/** @throws UserError where no run lies, or one this version cannot read */
export function openRun(directory: string): StoredRun {
  const paths = runPaths(directory);
  const { scenario, seed, totalSteps } = readRunConfig(directory);
  if (scenario === null) {
    throw new UserError(`The run in ${directory} was started by a program, not from a scenario: evaluate it there.`);
  }
  return { scenario: parseScenario(scenario, paths.config), seed, totalSteps, paths };
}

export type PolicyChoice = 'best' | 'last';

/**
 * The policy of a run that did best in its evaluations, or the one training ended with. A run that was interrupted
 * before its first evaluation has the latter only.
 *
 * @throws UserError where there is neither yet
 */
export function loadRunPolicy({ paths }: StoredRun, choice: PolicyChoice = 'best'): Policy {
  const candidates = choice === 'best' ? [paths.bestPolicy, paths.lastPolicy] : [paths.lastPolicy];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw new UserError(
      `The run in ${paths.directory} has no policy yet: expected ${candidates.join(' or ')}. ` +
        `Let it go on with: upslope train --resume ${paths.directory}`,
    );
  }
  return loadPolicy(file, createCpuEngine()).policy;
}

/**
 * The policy as one who acts.
 * @param state what it remembers, where it does; an actor's own unless others read it too
 */
export function actorOf(policy: Policy, state = policy.initialState(1)): Actor {
  const act = (observation: Float32Array, action: Float32Array): void =>
    policy.actDeterministically(observation, 1, action, undefined, state);
  return Object.assign(act, {
    startEpisode: () => {
      state.fill(0);
    },
  });
}

/** What the environment's domain finds out about the policy; `undefined` where there is no more than returns. */
export async function evaluateInDomain({ scenario }: StoredRun, policy: Policy): Promise<DomainEvaluation | undefined> {
  const domain = domainOf(scenario.environment.id);
  if (domain === undefined) return undefined;
  await loadEnvironment(scenario.environment);
  const state = policy.initialState(1);
  const critic = policy.hasCritic && {
    value: (observation: Float32Array) => policy.value(observation, state),
    gamma: scenario.algorithm.gamma,
  };
  return domain.evaluate(actorOf(policy, state), finalOptionsOf(scenario), critic || undefined);
}
