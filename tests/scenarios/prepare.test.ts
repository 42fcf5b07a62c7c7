import { describe, expect, test } from '@jest/globals';
import { loadEnvironment } from '../../scenarios/environments.ts';
import { listScenarios, loadScenario } from '../../scenarios/load.ts';
import { evaluationOptionsOf, finalOptionsOf, prepareRun } from '../../scenarios/prepare.ts';

const cartpole = (...set: string[]) => loadScenario('cartpole', { set });

const inThisProcess = listScenarios()
  .map(({ name }) => name)
  .filter((name) => loadScenario(name).environment.bridge === undefined);

test.each(inThisProcess)('the shipped scenario %s fits its environment', async (name) => {
  const scenario = loadScenario(name);
  await loadEnvironment(scenario.environment);
  const setup = prepareRun(scenario, { directory: 'unused' });
  const envs = await setup.makeEnvs();
  const evaluationEnvs = await setup.makeEvaluationEnvs();
  // A policy trained in the one must fit the other.
  expect(String(evaluationEnvs.observationSpace)).toBe(String(envs.observationSpace));
  expect(String(evaluationEnvs.actionSpace)).toBe(String(envs.actionSpace));
  envs.close();
  evaluationEnvs.close();
});

test('trains on the shaped reward and evaluates on the environment’s own', async () => {
  const scenario = cartpole(
    'shaping.reward=2',
    'shaping.terms=[{ name: bonus, weight: 3, expression: "1" }]',
    'environment.numEnvs=1',
    'evaluation.episodes=1',
  );
  const setup = prepareRun(scenario, { directory: 'unused' });
  const [envs, evaluationEnvs] = [await setup.makeEnvs(), await setup.makeEvaluationEnvs()];
  for (const batch of [envs, evaluationEnvs]) {
    batch.reset({ seed: 0 });
    batch.step(Float32Array.of(1));
  }
  // CartPole pays 1 a step: 2 x 1 + 3 x 1.
  expect(envs.rewards[0]).toBe(5);
  expect(evaluationEnvs.rewards[0]).toBe(1);
  const signal = (name: string) => envs.signals[envs.signalNames.indexOf(name)];
  expect([signal('reward/raw'), signal('shaping/bonus')]).toEqual([1, 3]);
});

test('potentials are discounted as the returns are', async () => {
  const scenario = cartpole(
    'algorithm.gamma=0.25',
    'shaping.reward=0',
    'shaping.terms=[{ name: still, potential: "8" }]',
    'environment.numEnvs=1',
  );
  const envs = await prepareRun(scenario, { directory: 'unused' }).makeEnvs();
  envs.reset({ seed: 0 });
  envs.step(Float32Array.of(1));
  expect(envs.rewards[0]).toBe(0.25 * 8 - 8);
});

test('what the scenario leaves open follows from its budget', () => {
  const setup = prepareRun(cartpole(), { directory: 'unused', steps: 2000, seed: 9 });
  expect(setup).toMatchObject({ totalSteps: 2000, seed: 9, resume: false });
  expect(setup.evaluation).toEqual({ episodes: 20, everySteps: 200 });
  expect(setup.checkpoint).toEqual({ everySteps: 100 });
  const told = prepareRun(cartpole('evaluation.everySteps=7', 'checkpoint.everySteps=5'), { directory: 'unused' });
  expect([told.evaluation.everySteps, told.checkpoint.everySteps]).toEqual([7, 5]);
});

describe('environment options', () => {
  const scenario = cartpole(
    'environment.options={ a: 1, b: 2, c: 3 }',
    'evaluation.options={ b: 20, c: null }',
    'evaluation.final={ b: 200, d: 4 }',
  );

  test('of evaluations lie over those of training, and those of the end over both', () => {
    expect(evaluationOptionsOf(scenario)).toEqual({ a: 1, b: 20 });
    expect(finalOptionsOf(scenario)).toEqual({ a: 1, b: 200, d: 4 });
  });

  test('are checked before a run begins', () => {
    expect(() => prepareRun(cartpole('environment.options.nonsense=1'), { directory: 'unused' })).toThrow(/nonsense/);
    expect(() => prepareRun(cartpole('evaluation.options.nonsense=1'), { directory: 'unused' })).toThrow(/nonsense/);
    expect(() => prepareRun(cartpole('environment.id=CartPool-v1'), { directory: 'unused' })).toThrow(/CartPole-v1/);
  });
});
