import { describe, expect, test } from '@jest/globals';
import { Random } from '../../src/core/random.ts';
import { createCpuEngine } from '../../src/engine/index.ts';
import { orthogonal } from '../../src/engine/initialise.ts';

describe('orthogonal initialisation', () => {
  test.each([
    [64, 64],
    [4, 64],
    [64, 2],
    [1, 5],
    [7, 1],
    [1, 1],
  ])('%i x %i: the shorter side is orthonormal times the gain', (rows, columns) => {
    const gain = 1.7;
    const matrix = orthogonal(rows, columns, gain, new Random(3));
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const entry = (vector: number, k: number) =>
      rows >= columns ? matrix[k * columns + vector] : matrix[vector * columns + k];
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        let sum = 0;
        for (let k = 0; k < length; k++) sum += entry(i, k) * entry(j, k);
        expect(Math.abs(sum - (i === j ? gain * gain : 0))).toBeLessThan(1e-13 * length);
      }
    }
  });

  test('is uniform over orientations: entries have mean 0 and variance 1 / length', () => {
    const random = new Random(8);
    const draws = 4000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < draws; i++) {
      const corner = orthogonal(3, 2, 1, random)[5];
      sum += corner;
      squares += corner * corner;
    }
    // Standard errors: sqrt(1/3 / draws) = 0.009, and below that for the square.
    expect(Math.abs(sum / draws)).toBeLessThan(0.04);
    expect(Math.abs(squares / draws - 1 / 3)).toBeLessThan(0.025);
  });

  test('a model starts from it, hidden gain sqrt 2 by default, biases 0, and from the seed alone', () => {
    const create = () =>
      createCpuEngine().createModel(
        { networks: { net: { sizes: [5, 8, 3], activation: 'tanh', outputGain: 0.01 } }, maxRows: 1 },
        new Random(11),
      );
    const model = create();
    const tensors = model.getTensors();
    const norm = (data: Float32Array) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
    // The norm of a matrix with k orthonormal vectors of length gain is gain sqrt k.
    expect(norm(tensors['net.0.weight'].data)).toBeCloseTo(Math.SQRT2 * Math.sqrt(5), 5);
    expect(norm(tensors['net.1.weight'].data)).toBeCloseTo(0.01 * Math.sqrt(3), 7);
    expect(norm(tensors['net.0.bias'].data)).toBe(0);
    const again = create();
    expect(again.getTensors()).toEqual(tensors);
    model.dispose();
    again.dispose();
  });
});
