import { expect, test } from '@jest/globals';
import { Temperature } from '../../src/algorithms/temperature.ts';

test('the first step of Adam moves log alpha by the learning rate, against the surplus of entropy', () => {
  for (const [entropy, sign] of [
    [3, -1],
    [0.1, 1],
  ]) {
    const temperature = new Temperature({ initial: 0.5, target: 1, learningRate: 0.01 });
    temperature.update(entropy);
    expect(Math.log(temperature.alpha / 0.5)).toBeCloseTo(sign * 0.01, 8);
  }
});

test('where entropy rises with alpha it settles where entropy is the target', () => {
  const temperature = new Temperature({ initial: 5, target: 1.2, learningRate: 0.02 });
  // A policy whose entropy is log(1 + alpha): alpha settles at exp(1.2) - 1.
  for (let step = 0; step < 3000; step++) temperature.update(Math.log1p(temperature.alpha));
  expect(temperature.alpha).toBeCloseTo(Math.exp(1.2) - 1, 3);
});

test('goes on from its state as if never stopped', () => {
  const make = () => new Temperature({ initial: 1, target: 0, learningRate: 0.1 });
  const whole = make();
  const first = make();
  for (const entropy of [1, 2, -1]) {
    whole.update(entropy);
    first.update(entropy);
  }
  const second = make();
  second.setState(JSON.parse(JSON.stringify(first.getState())));
  for (const entropy of [0.5, 3]) {
    whole.update(entropy);
    second.update(entropy);
  }
  expect(second.alpha).toBe(whole.alpha);
});
