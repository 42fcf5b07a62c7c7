import { describe, expect, test } from '@jest/globals';
import { Random } from '../../../src/core/random.ts';
import { Categorical } from '../../../src/policy/distributions/categorical.ts';
import { Dirichlet } from '../../../src/policy/distributions/dirichlet.ts';
import type { Distribution } from '../../../src/policy/distributions/distribution.ts';
import { Gaussian, LOG_STD_RANGE } from '../../../src/policy/distributions/gaussian.ts';
import { type KnownInformation, knowsInformation } from '../../../src/policy/distributions/known-information.ts';
import { isReparameterised, type Reparameterised } from '../../../src/policy/distributions/reparameterised.ts';
import { SoftmaxGaussian } from '../../../src/policy/distributions/softmax-gaussian.ts';

const UNBOUNDED = [Infinity, Infinity, Infinity];

function freeLogStd(...values: number[]): { values: Float32Array; gradients: Float32Array } {
  return { values: Float32Array.from(values), gradients: new Float32Array(values.length) };
}

/** The parameters are stored in single precision, so the step must be large and exactly representable. */
const STEP = 2 ** -9;

interface Case {
  name: string;
  distribution: Distribution;
  parameters: number[];
  free?: { values: Float32Array; gradients: Float32Array };
  mask?: Uint8Array;
}

function cases(): Case[] {
  const free = freeLogStd(-0.5, 0.25, 0);
  const freeTwo = freeLogStd(-0.5, 0.25);
  return [
    { name: 'categorical', distribution: new Categorical([4]), parameters: [0.5, -1, 2, 0.25] },
    { name: 'multi-discrete', distribution: new Categorical([2, 3]), parameters: [0.5, -1, 2, 0.25, 1] },
    {
      name: 'masked multi-discrete',
      distribution: new Categorical([3, 3]),
      parameters: [0.5, -1, 2, 0.25, 1, -2],
      mask: Uint8Array.of(1, 0, 1, 0, 1, 1),
    },
    {
      name: 'gaussian',
      distribution: new Gaussian(
        UNBOUNDED.map((x) => -x),
        UNBOUNDED,
        free,
      ),
      parameters: [0.5, -1, 2],
      free,
    },
    {
      name: 'gaussian with state-dependent deviation',
      distribution: new Gaussian([-1, -1], [1, 1], 'network'),
      parameters: [0.5, -1, -0.25, 0.5],
    },
    { name: 'dirichlet', distribution: new Dirichlet(4), parameters: [0.5, -1, 3, 0.25] },
    {
      name: 'softmax of a gaussian',
      distribution: new SoftmaxGaussian(3, freeTwo),
      parameters: [0.5, -1],
      free: freeTwo,
    },
  ];
}

describe.each(cases())('$name', ({ distribution, parameters, free, mask }) => {
  const row = Float32Array.from(parameters);
  const action = new Float32Array(distribution.actionSize);
  distribution.setMask?.(mask, 0);
  distribution.sample(row, 0, new Random(3), action, 0);

  const evaluate = (): { logProb: number; entropy: number } => {
    distribution.evaluate(row, 0, action, 0);
    return { logProb: distribution.logProb, entropy: distribution.entropy };
  };

  const slopes = (values: Float32Array, i: number): { logProb: number; entropy: number } => {
    const original = values[i];
    values[i] = original + STEP;
    const above = evaluate();
    values[i] = original - STEP;
    const below = evaluate();
    values[i] = original;
    return {
      logProb: (above.logProb - below.logProb) / (2 * STEP),
      entropy: (above.entropy - below.entropy) / (2 * STEP),
    };
  };

  test('derivatives of log-probability and entropy agree with finite differences', () => {
    const gradients = new Float32Array(distribution.parameterSize);
    for (const [dLogProb, dEntropy] of [
      [1, 0],
      [0, 1],
      [-0.7, 0.3],
    ]) {
      free?.gradients.fill(0);
      evaluate();
      distribution.backward(dLogProb, dEntropy, gradients, 0);
      for (let i = 0; i < parameters.length; i++) {
        const slope = slopes(row, i);
        expect(gradients[i]).toBeCloseTo(dLogProb * slope.logProb + dEntropy * slope.entropy, 4);
      }
      free?.values.forEach((_, i) => {
        const slope = slopes(free.values, i);
        expect(free.gradients[i]).toBeCloseTo(dLogProb * slope.logProb + dEntropy * slope.entropy, 4);
      });
    }
  });

  test('the mean of -log p over its samples is its entropy', () => {
    const random = new Random(11);
    const draws = 40_000;
    const sampled = new Float32Array(distribution.actionSize);
    let sum = 0;
    let squares = 0;
    for (let k = 0; k < draws; k++) {
      distribution.sample(row, 0, random, sampled, 0);
      distribution.evaluate(row, 0, sampled, 0);
      sum -= distribution.logProb;
      squares += distribution.logProb ** 2;
    }
    const mean = sum / draws;
    const standardError = Math.sqrt((squares / draws - mean * mean) / draws);
    expect(Math.abs(mean - evaluate().entropy)).toBeLessThan(5 * standardError + 1e-9);
  });
});

describe.each(cases().filter(({ distribution }) => knowsInformation(distribution)))(
  'the information of $name',
  ({ distribution, parameters, free, mask }) => {
    test('is the mean of score times score, and free parameters have none in common with it', () => {
      const random = new Random(5);
      const n = distribution.parameterSize;
      const row = Float32Array.from(parameters);
      const v = Float64Array.from({ length: n }, (_, i) => [1, -0.5, 2, 0.25, -1, 0.75][i]);
      const action = new Float32Array(distribution.actionSize);
      const score = new Float32Array(n);
      const width = n + (free?.values.length ?? 0);
      const sums = new Float64Array(width);
      const squares = new Float64Array(width);
      const draws = 40_000;
      if (mask) distribution.setMask?.(mask, 0);
      for (let k = 0; k < draws; k++) {
        distribution.sample(row, 0, random, action, 0);
        distribution.evaluate(row, 0, action, 0);
        free?.gradients.fill(0);
        distribution.backward(1, 0, score, 0);
        const along = score.reduce((sum, value, i) => sum + value * v[i], 0);
        [...score, ...(free?.gradients ?? [])].forEach((value, i) => {
          sums[i] += value * along;
          squares[i] += (value * along) ** 2;
        });
      }
      const product = new Float64Array(n);
      (distribution as KnownInformation).information(v, product);
      [...product, ...(free?.values ?? []).map(() => 0)].forEach((expected, i) => {
        const mean = sums[i] / draws;
        const standardError = Math.sqrt((squares[i] / draws - mean * mean) / draws);
        expect(Math.abs(mean - expected)).toBeLessThan(4.5 * standardError + 1e-9);
      });
      // In place gives the same.
      (distribution as KnownInformation).information(v, v);
      expect(v).toEqual(product);
    });
  },
);

describe.each(cases().filter(({ distribution }) => isReparameterised(distribution)))(
  'the path of $name',
  ({ distribution, parameters, free }) => {
    const reparameterised = distribution as Reparameterised;
    const row = Float32Array.from(parameters);
    const { noiseSize, actionSize, environmentActionSize } = reparameterised;
    // Small enough for actions to stay within their bounds, where there are any.
    const noise = Float32Array.from({ length: noiseSize }, (_, i) => [0.25, -0.125, 0.5][i]);
    const action = new Float32Array(actionSize);
    const environmentAction = new Float32Array(environmentActionSize);

    const transform = (): number[] => {
      reparameterised.transform(row, 0, noise, 0, action, 0);
      reparameterised.toEnvironment(action, 0, environmentAction, 0);
      return [...environmentAction, reparameterised.logProb];
    };

    test('the log-probability of an action is that by which it is evaluated', () => {
      const logProb = transform().at(-1)!;
      reparameterised.evaluate(row, 0, action, 0);
      expect(reparameterised.logProb).toBeCloseTo(logProb, 5);
    });

    test('its derivatives agree with finite differences', () => {
      const gradients = new Float32Array(reparameterised.parameterSize);
      for (let output = 0; output <= environmentActionSize; output++) {
        const dAction = new Float32Array(environmentActionSize);
        if (output < environmentActionSize) dAction[output] = 1;
        free?.gradients.fill(0);
        transform();
        reparameterised.backwardPath(dAction, 0, output === environmentActionSize ? 1 : 0, gradients, 0);
        const slope = (values: Float32Array, i: number): number => {
          const original = values[i];
          values[i] = original + STEP;
          const above = transform()[output];
          values[i] = original - STEP;
          const below = transform()[output];
          values[i] = original;
          return (above - below) / (2 * STEP);
        };
        for (let i = 0; i < parameters.length; i++) expect(gradients[i]).toBeCloseTo(slope(row, i), 3);
        free?.values.forEach((_, i) => {
          expect(free.gradients[i]).toBeCloseTo(slope(free.values, i), 3);
        });
      }
    });

    test('its noise, standard normal, gives the actions that sampling gives', () => {
      const random = new Random(7);
      const [drawn, sampled] = [new Float32Array(actionSize), new Float32Array(actionSize)];
      const means = new Float64Array(2);
      for (let k = 0; k < 20_000; k++) {
        for (let i = 0; i < noiseSize; i++) noise[i] = random.normal();
        reparameterised.transform(row, 0, noise, 0, drawn, 0);
        reparameterised.sample(row, 0, random, sampled, 0);
        means[0] += (drawn[0] + drawn[0] ** 2) / 20_000;
        means[1] += (sampled[0] + sampled[0] ** 2) / 20_000;
      }
      expect(means[0]).toBeCloseTo(means[1], 1);
    });
  },
);

describe('gaussian path', () => {
  test('an action clipped to its bounds does not move with the mean', () => {
    const gaussian = new Gaussian([-1], [1], freeLogStd(0));
    const gradients = new Float32Array(1);
    gaussian.transform(Float32Array.of(0.5), 0, Float32Array.of(2), 0, new Float32Array(1), 0);
    gaussian.backwardPath(Float32Array.of(1), 0, 0, gradients, 0);
    expect(gradients[0]).toBe(0);
  });
});

describe('categorical', () => {
  test('by hand: logits log 1, log 2, log 5 give probabilities 1/8, 2/8, 5/8', () => {
    const distribution = new Categorical([3]);
    const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));
    distribution.evaluate(logits, 0, Float32Array.of(2), 0);
    expect(distribution.logProb).toBeCloseTo(Math.log(5 / 8), 6);
    expect(distribution.entropy).toBeCloseTo(
      -(1 / 8) * Math.log(1 / 8) - (2 / 8) * Math.log(2 / 8) - (5 / 8) * Math.log(5 / 8),
      6,
    );
  });

  test('huge logits neither overflow nor give NaN', () => {
    const distribution = new Categorical([3]);
    distribution.evaluate(Float32Array.of(1e30, -1e30, 0), 0, Float32Array.of(0), 0);
    expect(distribution.logProb).toBe(0);
    expect(distribution.entropy).toBe(0);
  });

  test('a masked choice is never taken and gets no gradient', () => {
    const distribution = new Categorical([3]);
    const logits = Float32Array.of(5, 0, 0);
    const action = new Float32Array(1);
    const random = new Random(5);
    distribution.setMask(Uint8Array.of(0, 1, 1), 0);
    const counts = [0, 0, 0];
    for (let k = 0; k < 4000; k++) {
      distribution.sample(logits, 0, random, action, 0);
      counts[action[0]]++;
    }
    expect(counts[0]).toBe(0);
    expect(Math.abs(counts[1] - 2000)).toBeLessThan(200);
    distribution.deterministic(logits, 0, action, 0);
    expect(action[0]).toBe(1);
    const gradients = Float32Array.of(9, 9, 9);
    distribution.evaluate(logits, 0, action, 0);
    distribution.backward(1, 1, gradients, 0);
    expect(gradients[0]).toBe(0);
    expect(distribution.logProb).toBeCloseTo(Math.log(0.5), 12);
  });

  test('samples follow the probabilities', () => {
    const distribution = new Categorical([3]);
    const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));
    const random = new Random(1);
    const action = new Float32Array(1);
    const counts = [0, 0, 0];
    const draws = 80_000;
    for (let k = 0; k < draws; k++) {
      distribution.sample(logits, 0, random, action, 0);
      counts[action[0]]++;
    }
    [1 / 8, 2 / 8, 5 / 8].forEach((p, i) => {
      expect(Math.abs(counts[i] / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
    });
  });
});

describe('gaussian', () => {
  test('log-density and entropy as SciPy gives them', () => {
    const distribution = new Gaussian([-9, -9], [9, 9], freeLogStd(Math.log(0.5), Math.log(1.5)));
    distribution.evaluate(Float32Array.of(0.1, -0.4), 0, Float32Array.of(0.3, -1.2), 0);
    expect(distribution.logProb).toBeCloseTo(-1.7724172161797866, 6);
    expect(distribution.entropy).toBeCloseTo(2.5501949939575645, 6);
  });

  test('the action is stored as drawn and clipped only for the environment', () => {
    const distribution = new Gaussian([-1, 0], [1, 2], freeLogStd(0, 0));
    const clipped = new Float32Array(2);
    distribution.toEnvironment(Float32Array.of(-3, 1.5), 0, clipped, 0);
    expect([...clipped]).toEqual([-1, 1.5]);
  });

  test('free log deviations are brought back into their range', () => {
    const logStd = freeLogStd(-80, 80, 0.5);
    new Gaussian([-1, -1, -1], [1, 1, 1], logStd).project();
    expect([...logStd.values]).toEqual([LOG_STD_RANGE.low, LOG_STD_RANGE.high, 0.5]);
  });
});

describe('allocations', () => {
  test('Dirichlet log-density and entropy as SciPy gives them for concentrations 1.5, 2.25, 4', () => {
    // softplus(log(exp(a - 1) - 1)) = a - 1
    const parameters = Float32Array.from([1.5, 2.25, 4], (alpha) => Math.log(Math.expm1(alpha - 1)));
    const distribution = new Dirichlet(3);
    distribution.evaluate(parameters, 0, Float32Array.of(0.2, 0.3, 0.5), 0);
    expect(distribution.logProb).toBeCloseTo(1.840482946526473, 5);
    expect(distribution.entropy).toBeCloseTo(-1.3183806025969949, 5);
  });

  test.each([
    ['Dirichlet', new Dirichlet(4), [0.5, -60, 3, 0.25]],
    ['softmax of a Gaussian', new SoftmaxGaussian(4, freeLogStd(0, 2, -5)), [0.5, -90, 90]],
  ])('%s: every sample lies on the simplex', (_, distribution, parameters) => {
    const random = new Random(2);
    const row = Float32Array.from(parameters);
    const action = new Float32Array(distribution.actionSize);
    const weights = new Float32Array(4);
    for (let k = 0; k < 2000; k++) {
      distribution.sample(row, 0, random, action, 0);
      distribution.toEnvironment(action, 0, weights, 0);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)).toBeLessThan(1e-5);
    }
  });

  test('the sample mean of a Dirichlet is its deterministic action', () => {
    const distribution = new Dirichlet(3);
    const row = Float32Array.of(2, -1, 0.5);
    const random = new Random(8);
    const draws = 40_000;
    const mean = [0, 0, 0];
    const action = new Float32Array(3);
    for (let k = 0; k < draws; k++) {
      distribution.sample(row, 0, random, action, 0);
      action.forEach((weight, i) => {
        mean[i] += weight / draws;
      });
    }
    distribution.deterministic(row, 0, action, 0);
    mean.forEach((weight, i) => {
      expect(weight).toBeCloseTo(action[i], 2);
    });
  });
});
