import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { listScenarios, loadScenario } from '../../scenarios/load.ts';
import { UserError } from '../../src/core/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'upslope-scenarios-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('every shipped scenario loads and says what it is', () => {
  const scenarios = listScenarios();
  expect(scenarios.map(({ name }) => name)).toEqual([
    'acrobot',
    'arm-push',
    'arm-reach',
    'arm-track',
    'cartpole',
    'cartpole-a2c',
    'cartpole-impala',
    'cartpole-reinforce',
    'cartpole-sac',
    'gym-cartpole',
    'gym-halfcheetah',
    'gym-reacher',
    'lqr-pathwise',
    'molecule-amides',
    'molecule-drug-like',
    'molecule-similarity',
    'mountain-car-continuous-sac',
    'pavlovian-acquisition',
    'pavlovian-background-reward',
    'pavlovian-magnitude-range',
    'pavlovian-omission-early',
    'pavlovian-probability',
    'pavlovian-ramp',
    'pavlovian-serial-cues',
    'pavlovian-variable-delay',
    'pavlovian-variable-delay-90',
    'pavlovian-variable-magnitude',
    'pendulum',
    'pendulum-sac',
    'planar-reach',
    'planar-reach-pathwise',
    'portfolio',
    'portfolio-drawdown',
    'portfolio-pathwise',
    'portfolio-sharpe',
    'reacher',
    'recall-cue',
    'reversal-bandit',
  ]);
  for (const { name, description } of scenarios) {
    expect(loadScenario(name).name).toBe(name);
    expect(description).not.toBe('');
  }
});

test('a path loads a file, named after it unless it names itself', () => {
  const body = 'environment: { id: CartPole-v1 }\nalgorithm: { name: ppo }\nbudget: { steps: 10 }\n';
  expect(loadScenario(file('mine.yaml', body)).name).toBe('mine');
  expect(loadScenario(file('mine.yml', `name: other\n${body}`)).name).toBe('other');
});

describe('refuses', () => {
  test('an unknown name, with the nearest ones', () => {
    expect(() => loadScenario('acrobott')).toThrow(UserError);
    expect(() => loadScenario('acrobott')).toThrow("Unknown scenario 'acrobott'; did you mean 'acrobot'?");
  });

  test('a path that leads nowhere', () => {
    expect(() => loadScenario('./no/such.yaml')).toThrow('There is no file ./no/such.yaml');
  });

  test('broken YAML, with its line', () => {
    expect(() => loadScenario(file('broken.yaml', 'a: 1\nb: [1,\nc: 2\n'))).toThrow(
      /broken\.yaml is not valid YAML.*line/,
    );
  });

  test('a key given twice', () => {
    expect(() => loadScenario(file('twice.yaml', 'seed: 1\nseed: 2\n'))).toThrow(/not valid YAML.*unique/);
  });

  test('a file that holds no mapping', () => {
    expect(() => loadScenario(file('empty.yaml', ''))).toThrow(/expected a mapping .* got null/);
    expect(() => loadScenario(file('list.yaml', '- 1'))).toThrow(/expected a mapping .* got \[1\]/);
  });
});

describe('--set', () => {
  const load = (...set: string[]) => loadScenario('cartpole', { set });

  test('reads its values as YAML', () => {
    const scenario = load(
      'algorithm.gamma=0.5',
      'algorithm.learningRate={ from: 1, to: 0.5 }',
      'algorithm.clipRange.to=0.1',
      'policy.hidden=[8]',
      'policy.normaliseObservations=true',
      'evaluation.everySteps=1e4',
      'environment.options.text=a=b',
    );
    expect(scenario.algorithm).toMatchObject({
      gamma: 0.5,
      learningRate: { from: 1, to: 0.5 },
      clipRange: { from: 0.2, to: 0.1 },
    });
    expect(scenario.policy).toMatchObject({ hidden: [8], normaliseObservations: true });
    expect(scenario.evaluation.everySteps).toBe(10000);
    expect(scenario.environment.options).toEqual({ text: 'a=b' });
  });

  test('reaches into lists', () => {
    const scenario = load('shaping.terms=[{ name: a, expression: "1" }]', 'shaping.terms.0.weight=3');
    expect(scenario.shaping.terms).toEqual([{ name: 'a', weight: 3, expression: '1' }]);
    expect(() => load('shaping.terms=[{ name: a, expression: "1" }]', 'shaping.terms.first.weight=3')).toThrow(
      "shaping.terms is a list: expected the number of an entry, as in shaping.terms.0, got 'first'",
    );
  });

  test('an unknown path is told with the nearest', () => {
    expect(() => load('algorithm.gama=0.5')).toThrow(
      /cartpole\.yaml --set algorithm\.gama=0\.5: unknown key 'algorithm\.gama'; did you mean 'gamma'\?/,
    );
    expect(() => load('learningRate=1')).toThrow(/did you mean 'algorithm\.learningRate'\?/);
    expect(() => load('__proto__.polluted=1')).toThrow(/unknown key '__proto__'/);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('what is not path=value', () => {
    for (const wrong of ['algorithm.gamma', '=1', 'a..b=1', '']) {
      expect(() => load(wrong)).toThrow(`Expected path=value, such as algorithm.gamma=0.95, got '${wrong}'`);
    }
    expect(() => load('seed=[1')).toThrow(/not valid YAML/);
  });
});
