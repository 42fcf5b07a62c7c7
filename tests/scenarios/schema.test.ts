import { describe, expect, test } from '@jest/globals';
import { parseScenario } from '../../scenarios/schema.ts';
import { ppoDefaults } from '../../src/algorithms/ppo.ts';
import { policyDefaults } from '../../src/policy/policy.ts';

const least = {
  name: 'least',
  environment: { id: 'CartPole-v1' },
  algorithm: { name: 'ppo' },
  budget: { steps: 1000 },
};
const parse = (changes: Record<string, unknown>) => parseScenario({ ...least, ...changes }, 'my.yaml');

test('what is left out takes the defaults of the trainer', () => {
  const scenario = parse({});
  expect(scenario).toEqual({
    ...least,
    description: '',
    environment: { id: 'CartPole-v1', options: {}, numEnvs: 8 },
    shaping: { reward: 1, terms: [] },
    policy: policyDefaults,
    algorithm: { name: 'ppo', ...ppoDefaults },
    evaluation: { episodes: 20, options: {}, final: {} },
    checkpoint: {},
    engine: 'cpu',
    threads: 'auto',
    seed: 0,
  });
});

test('a resolved scenario is plain JSON and resolves to itself', () => {
  const scenario = parse({
    shaping: { terms: [{ name: 'near', weight: 2, potential: '-distance' }] },
    algorithm: { name: 'ppo', learningRate: { from: 1e-3, to: 0 }, valueClipRange: 0.2 },
    evaluation: { options: { split: 'test' } },
  });
  const stored = JSON.parse(JSON.stringify(scenario));
  expect(stored).toEqual(scenario);
  expect(parseScenario(stored, 'config.json')).toEqual(scenario);
});

describe('refuses, naming file, path, what was expected and what came:', () => {
  test.each([
    [
      'a value out of range',
      { algorithm: { name: 'ppo', gamma: 1.5 } },
      'my.yaml: algorithm.gamma: expected a number from 0 to 1, got 1.5',
    ],
    [
      'a value of another kind',
      { environment: { id: 'X', numEnvs: 'many' } },
      'my.yaml: environment.numEnvs: expected a whole number from 1 to 65536, got "many"',
    ],
    ['a fraction', { budget: { steps: 0.5 } }, 'my.yaml: budget.steps: expected a whole number of at least 1, got 0.5'],
    ['nothing', { budget: {} }, 'my.yaml: budget.steps: expected a whole number of at least 1, got nothing'],
    ['a scalar for a mapping', { budget: 5 }, 'my.yaml: budget: expected a mapping of keys to values, got 5'],
    [
      'a choice there is not',
      { policy: { activation: 'tan' } },
      'my.yaml: policy.activation: expected one of tanh, relu, silu, none, got "tan"; did you mean \'tanh\'?',
    ],
    [
      'another algorithm',
      { algorithm: { name: 'pop' } },
      /my\.yaml: algorithm\.name: expected one of .*a2c, ppo.*, got "pop"; did you mean 'ppo'\?/,
    ],
    [
      'a bad schedule',
      { algorithm: { name: 'ppo', clipRange: { from: 0.2, too: 0 } } },
      'my.yaml: algorithm.clipRange: expected a number of at least 0, or { from, to } with two of them, got {"from":0.2,"too":0}',
    ],
    [
      'a negative rate',
      { algorithm: { name: 'ppo', learningRate: -1 } },
      'my.yaml: algorithm.learningRate: expected a number of at least 0, or { from, to } with two of them, got -1',
    ],
    [
      'a term without a formula',
      { shaping: { terms: [{ name: 'a' }] } },
      'my.yaml: shaping.terms[0]: expected a name and either an expression or a potential, got {"name":"a"}',
    ],
    [
      'a term with two',
      { shaping: { terms: [{ name: 'a', expression: '1', potential: '1' }] } },
      'my.yaml: shaping.terms[0]: expected a name and either',
    ],
    [
      'terms of the same name',
      {
        shaping: {
          terms: [
            { name: 'a', expression: '1' },
            { name: 'a', expression: '2' },
          ],
        },
      },
      'my.yaml: shaping.terms: expected a list of terms, each with a name of its own',
    ],
    ['a name that is no file name', { name: '../up' }, 'my.yaml: name: expected a name of letters'],
    [
      'an unknown key, with the nearest',
      { algorithm: { name: 'ppo', learningRte: 1 } },
      "my.yaml: unknown key 'algorithm.learningRte'; did you mean 'learningRate'?",
    ],
    [
      'an unknown key within a list',
      { shaping: { terms: [{ name: 'a', expression: '1', wieght: 2 }] } },
      "my.yaml: unknown key 'shaping.terms[0].wieght'; did you mean 'weight'?",
    ],
    ['a key in the wrong place', { gamma: 0.9 }, "my.yaml: unknown key 'gamma'; did you mean 'algorithm.gamma'?"],
  ])('%s', (_, changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  test('every mistake at once', () => {
    expect(() => parse({ algorithm: { name: 'ppo', gama: 1, lambda: 2 }, sed: 1 })).toThrow(
      "my.yaml:\n  algorithm.lambda: expected a number from 0 to 1, got 2\n  unknown key 'algorithm.gama'; did you mean 'gamma'?\n  unknown key 'sed'; did you mean 'seed'?",
    );
  });

  test('what is no mapping at all', () => {
    expect(() => parseScenario([1], 'my.yaml')).toThrow(
      'my.yaml: the file: expected a mapping of keys to values, got [1]',
    );
  });
});
