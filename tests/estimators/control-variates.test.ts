import { describe, expect, test } from '@jest/globals';
import {
  compatibleOfOthers,
  compatibleWeights,
  controlCoefficient,
  controlCoefficients,
  controlledByOthers,
  taylorControl,
  taylorCorrection,
} from '../../src/estimators/control-variates.ts';
import { allEpisodes, exactQ, GAMMA, HORIZON, joined, TARGET } from './tiny-mdp.ts';

type Vectors = readonly (readonly number[])[];

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);

const meanOf = (vectors: Vectors, weights: readonly number[]): number[] =>
  vectors[0].map((_, i) => vectors.reduce((sum, vector, n) => sum + weights[n] * vector[i], 0));

const varianceOf = (vectors: Vectors, weights: readonly number[]): number => {
  const mean = meanOf(vectors, weights);
  return vectors.reduce((sum, vector, n) => sum + weights[n] * dot(vector, vector), 0) - dot(mean, mean);
};

const flat = (vectors: Vectors): Float64Array => Float64Array.from(vectors.flat());
const expectAll = (found: ArrayLike<number>, expected: ArrayLike<number>, digits: number): void => {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) expect(found[i]).toBeCloseTo(expected[i], digits);
};

describe('optimal coefficients', () => {
  // Four outcomes alike; the control has mean 0 in both components.
  const samples = [
    [3, 1],
    [1, 0],
    [4, -2],
    [0, 5],
  ];
  const controls = [
    [1, 2],
    [-1, 1],
    [2, -1],
    [-2, -2],
  ];
  const alike = [0.25, 0.25, 0.25, 0.25];
  const controlled = (c: readonly number[]): Vectors =>
    samples.map((sample, n) => sample.map((value, i) => value - c[i] * controls[n][i]));

  test('by hand', () => {
    // f . h: 5, -1, 10, -10; h . h: 5, 2, 5, 8.
    expect(controlCoefficient(flat(samples), flat(controls), 2)).toBeCloseTo(4 / 20, 14);
    // By component: 3 - 1 + 8 + 0 over 10, and 2 + 0 + 2 - 10 over 10.
    expectAll(controlCoefficients(flat(samples), flat(controls), 2), [1, -0.6], 14);
    // The second outcome twice as likely counts as if it were there twice.
    expect(controlCoefficient(flat(samples), flat(controls), 2, Float64Array.of(1, 2, 1, 1))).toBeCloseTo(3 / 22, 14);
    expectAll(
      controlCoefficients(flat(samples), flat(controls), 2, Float64Array.of(1, 2, 1, 1)),
      [9 / 11, -0.6 * (10 / 11)],
      14,
    );
  });

  test('leave the mean, and no others leave less variance', () => {
    const plain = varianceOf(samples, alike);
    const c = controlCoefficient(flat(samples), flat(controls), 2);
    const each = Array.from(controlCoefficients(flat(samples), flat(controls), 2));
    expectAll(meanOf(controlled(each), alike), meanOf(samples, alike), 14);
    const common = varianceOf(controlled([c, c]), alike);
    const own = varianceOf(controlled(each), alike);
    expect(own).toBeLessThan(common);
    expect(common).toBeLessThan(plain);
    for (const off of [-0.1, 0.1]) {
      expect(varianceOf(controlled([c + off, c + off]), alike)).toBeGreaterThan(common);
      expect(varianceOf(controlled([each[0] + off, each[1]]), alike)).toBeGreaterThan(own);
      expect(varianceOf(controlled([each[0], each[1] + off]), alike)).toBeGreaterThan(own);
    }
  });

  test('a control that is 0 has none', () => {
    const zeros = new Float64Array(4);
    expect(controlCoefficient(Float64Array.of(1, 2, 3, 4), zeros, 2)).toBe(0);
    expectAll(controlCoefficients(Float64Array.of(1, 2, 3, 4), zeros, 2), [0, 0], 14);
    expectAll(controlledByOthers(Float64Array.of(1, 2, 3, 4), zeros, 2), [1, 2, 3, 4], 14);
  });

  test('from other samples they leave the mean as it is, from all they do not: every batch of three enumerated', () => {
    // The first component alone, drawn three times with replacement: 64 batches alike.
    const f = samples.map(([value]) => value);
    const h = controls.map(([value]) => value);
    let byOthers = 0;
    let byAll = 0;
    for (let batch = 0; batch < 64; batch++) {
      const draws = [batch % 4, Math.floor(batch / 4) % 4, Math.floor(batch / 16)];
      const fs = Float64Array.from(draws, (n) => f[n]);
      const hs = Float64Array.from(draws, (n) => h[n]);
      byOthers += controlledByOthers(fs, hs, 1).reduce((sum, value) => sum + value / 3 / 64, 0);
      const c = controlCoefficient(fs, hs, 1);
      byAll += fs.reduce((sum, value, i) => sum + (value - c * hs[i]) / 3 / 64, 0);
    }
    expect(byOthers).toBeCloseTo(2, 13);
    expect(Math.abs(byAll - 2)).toBeGreaterThan(0.01);
  });
});

describe('compatible function approximation', () => {
  // The policy that acts, softmax over logits by state; theta = (logits of state 0, logits of state 1).
  const probability = (state: number, action: number): number => (action === 1 ? TARGET[state] : 1 - TARGET[state]);
  const episodes = allEpisodes().map((episode) => ({
    ...episode,
    probability: episode.probability * Math.exp(episode.logRatios.reduce((sum, ratio) => sum + ratio, 0)),
  }));
  const weights = episodes.map((episode) => episode.probability);
  const { starts } = joined(episodes);
  const steps = episodes.flatMap(({ states, actions, rewards, probability: p }) =>
    states.map((state, t) => {
      let g = 0;
      for (let k = HORIZON - 1; k >= t; k--) g = rewards[k] + GAMMA * g;
      return { state, action: actions[t], g, p };
    }),
  );
  const score = (state: number, action: number): number[] =>
    [0, 1].map((k) => (k === action ? 1 : 0) - probability(state, k));
  const oneHot = (state: number): number[] => [0, 1].map((s) => (s === state ? 1 : 0));
  /** psi (x) x, output by output. */
  const wholeScore = (state: number, action: number): number[] =>
    score(state, action).flatMap((psi) => oneHot(state).map((x) => psi * x));
  const information = (state: number, v: readonly number[]): number[] => {
    const p = [0, 1].map((k) => probability(state, k));
    const mean = p[0] * v[0] + p[1] * v[1];
    return p.map((value, k) => value * (v[k] - mean));
  };
  const batch = {
    starts,
    scores: Float64Array.from(steps.flatMap(({ state, action }) => score(state, action))),
    outputSize: 2,
    features: Float64Array.from(steps.flatMap(({ state }) => oneHot(state))),
    featureSize: 2,
    targets: Float64Array.from(steps, ({ g }) => g),
    weights: Float64Array.from(steps, ({ p }) => p),
  };
  /** sum_t psi_t (G_t - A_t) + F slopes_t of every episode, as it is over all parameters. */
  const gradients = (w: ArrayLike<number> | undefined): number[][] =>
    episodes.map((_, e) => {
      const sum = [0, 0, 0, 0];
      for (let t = starts[e]; t < starts[e + 1]; t++) {
        const { state, action, g } = steps[t];
        const slopes = w === undefined ? [0, 0] : [w[state], w[2 + state]];
        const left = g - dot(score(state, action), slopes);
        const back = information(state, slopes).flatMap((value) => oneHot(state).map((x) => value * x));
        wholeScore(state, action).forEach((psi, i) => {
          sum[i] += psi * left + back[i];
        });
      }
      return sum;
    });
  const gradient = meanOf(gradients(undefined), weights);

  test('what is taken for the gradient is scores times exact Q, as visited', () => {
    const expected = [0, 0, 0, 0];
    episodes.forEach(({ states, actions, probability: p }) => {
      states.forEach((state, t) => {
        wholeScore(state, actions[t]).forEach((psi, i) => {
          expected[i] += p * psi * exactQ(HORIZON - t)[state][actions[t]];
        });
      });
    });
    expectAll(gradient, expected, 12);
  });

  test('whatever W, the mean is exactly the gradient; the fitted one cuts the variance', () => {
    const w = compatibleWeights(batch, 1e-12);
    for (const any of [w, [3, -4, -2, 5]]) expectAll(meanOf(gradients(any), weights), gradient, 9);
    const plain = varianceOf(gradients(undefined), weights);
    expect(varianceOf(gradients(w), weights)).toBeLessThan(0.9 * plain);
    expect(varianceOf(gradients([3, -4, -2, 5]), weights)).toBeGreaterThan(plain);
  });

  test('in place of the returns it gives the same gradient (Sutton et al. 2000), and F W is it: the natural gradient', () => {
    const w = compatibleWeights(batch, 1e-12);
    const instead = [0, 0, 0, 0];
    const product = [0, 0, 0, 0];
    for (const { state, action, p } of steps) {
      const psi = wholeScore(state, action);
      const advantage = dot(psi, w);
      psi.forEach((value, i) => {
        instead[i] += p * value * advantage;
      });
      information(state, [w[state], w[2 + state]]).forEach((value, k) => {
        product[2 * k + state] += p * value;
      });
    }
    expectAll(instead, gradient, 9);
    expectAll(product, gradient, 9);
  });

  test('each fold is told by the others alone', () => {
    const subset = { ...batch, starts: starts.subarray(0, 7), weights: new Float64Array(batch.weights.length).fill(1) };
    const found = compatibleOfOthers(subset, 3, 1e-3);
    // Episodes 1 and 4 make up fold 1: another return in them changes the advantages of all other episodes, not theirs.
    const targets = Float64Array.from(batch.targets);
    for (const e of [1, 4]) targets[starts[e]] += 5;
    const changed = compatibleOfOthers({ ...subset, targets }, 3, 1e-3);
    for (let e = 0; e < 6; e++) {
      const own = (values: Float64Array): number[] => Array.from(values.subarray(2 * starts[e], 2 * starts[e + 1]));
      if (e === 1 || e === 4) expect(own(changed.slopes)).toEqual(own(found.slopes));
      else expect(own(changed.slopes)).not.toEqual(own(found.slopes));
    }
    // An episode without others: nothing is known.
    expect(compatibleOfOthers({ ...subset, starts: starts.subarray(0, 2) }, 1, 1e-3).values.every((x) => x === 0)).toBe(
      true,
    );
  });
});

describe('a baseline that knows the action', () => {
  const mean = [0.3, -0.6];
  const std = [0.3, 0.5];
  const reward = (a: number, b: number): number => Math.sin(2 * a) - a * b + 0.1 * b ** 3;
  // Its Taylor series about the mean, without the mixed term.
  const slope = [2 * Math.cos(0.6) + 0.6, -0.3 + 0.3 * 0.36];
  const curvature = [-4 * Math.sin(0.6), -0.36];
  const model = {
    right: { slope, curvature },
    wrong: { slope: [-1, 2], curvature: [0.5, 3] },
    none: { slope: [0, 0], curvature: [0, 0] },
  };

  /** Mean and variance of the gradient for means and log deviations, by the trapezoid rule over both normal numbers. */
  function moments({ slope, curvature }: { slope: number[]; curvature: number[] }): {
    mean: number[];
    variance: number;
  } {
    const dMean = new Float64Array(2);
    const dLogStd = new Float64Array(2);
    taylorCorrection(std, slope, curvature, dMean, dLogStd);
    const vectors: number[][] = [];
    const weights: number[] = [];
    const nodes = Array.from({ length: 97 }, (_, k) => (k - 48) / 6);
    for (const z of nodes) {
      for (const y of nodes) {
        const action = [mean[0] + std[0] * z, mean[1] + std[1] * y];
        const left = reward(action[0], action[1]) - taylorControl(action, mean, std, slope, curvature);
        vectors.push([
          (left * z) / std[0] + dMean[0],
          (left * y) / std[1] + dMean[1],
          left * (z * z - 1) + dLogStd[0],
          left * (y * y - 1) + dLogStd[1],
        ]);
        weights.push(Math.exp(-0.5 * (z * z + y * y)) / (72 * Math.PI));
      }
    }
    return { mean: meanOf(vectors, weights), variance: varianceOf(vectors, weights) };
  }

  test('whatever the model, the mean is the gradient; a good one cuts the variance', () => {
    const plain = moments(model.none);
    // E[sin(2 a)] = sin(2 m) exp(-2 s^2), E[a b] = m n, E[b^3] = n^3 + 3 n s^2.
    const decay = Math.exp(-2 * std[0] ** 2);
    expectAll(
      plain.mean,
      [
        2 * Math.cos(0.6) * decay + 0.6,
        -0.3 + 0.1 * (3 * 0.36 + 3 * std[1] ** 2),
        -4 * std[0] ** 2 * Math.sin(0.6) * decay,
        0.1 * 6 * -0.6 * std[1] ** 2,
      ],
      8,
    );
    const right = moments(model.right);
    const wrong = moments(model.wrong);
    expectAll(right.mean, plain.mean, 8);
    expectAll(wrong.mean, plain.mean, 8);
    expect(right.variance).toBeLessThan(0.9 * plain.variance);
    expect(wrong.variance).toBeGreaterThan(plain.variance);
  });

  test('by hand', () => {
    // 2 * 0.5 - 3 * 1 + (4 * (0.25 - 0.0625) - 2 * (1 - 0.25)) / 2
    expect(taylorControl([1.5, 1], [1, 2], [0.25, 0.5], [2, 3], [4, -2])).toBeCloseTo(-2 + (0.75 - 1.5) / 2, 14);
  });
});
