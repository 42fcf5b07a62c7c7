import { describe, expect, test } from '@jest/globals';
import { UserError } from '../../src/core/errors.ts';
import { Random, type RandomState } from '../../src/core/random.ts';
import { SeedSequence } from '../../src/core/seed-sequence.ts';
import { readFixture } from './gymnasium-fixture.ts';

interface Ziggurat {
  /** Fingerprint of all draws with those from the tail set to 0. */
  inner: number;
  places: number[];
  tail: number[];
  /** The uniform drawn afterwards, which tells that as many words were used. */
  after: number;
}

interface Case {
  seed: number | number[];
  words: number[];
  doubles: number;
  firstDoubles: number[];
  uniforms: number[];
  mixed: number[][];
  integers: { low: number; high: number; values: number[] }[];
  normals: Ziggurat;
  exponentials: Ziggurat;
  gammas: Record<string, { values: number[]; after: number }>;
  permutation: number[];
  shuffled: number[];
  children: number[];
}

const draws = 120_000;
const cases = readFixture<Case[]>('random');

/** Depends on every bit of every value and on their order. */
function fingerprint(values: Float64Array): number {
  const words = new Uint32Array(values.buffer);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum = (sum + Math.imul(words[2 * i] ^ words[2 * i + 1], 2 * i + 1)) >>> 0;
  }
  return sum;
}

function expectZiggurat(expected: Ziggurat, random: Random, draw: () => number): void {
  const values = Float64Array.from({ length: draws }, draw);
  expect(random.double()).toBe(expected.after);
  expected.places.forEach((place, i) => {
    expect(Math.abs(values[place] / expected.tail[i] - 1)).toBeLessThan(1e-15);
    values[place] = 0;
  });
  expect(expected.places.length).toBeGreaterThan(10);
  expect(fingerprint(values)).toBe(expected.inner);
}

describe.each(cases)('the streams of NumPy from seed $seed', (expected) => {
  const { seed } = expected;

  test('uniforms', () => {
    const random = new Random(seed);
    expect(expected.firstDoubles.map(() => random.double())).toEqual(expected.firstDoubles);
    const all = new Random(seed);
    expect(fingerprint(Float64Array.from({ length: draws }, () => all.double()))).toBe(expected.doubles);
    const bounded = new Random(seed);
    expect(expected.uniforms.map(() => bounded.uniform(-0.05, 0.05))).toEqual(expected.uniforms);
  });

  test('normals', () => {
    const random = new Random(seed);
    expectZiggurat(expected.normals, random, () => random.normal());
  });

  test('exponentials', () => {
    const random = new Random(seed);
    expectZiggurat(expected.exponentials, random, () => random.exponential());
  });

  test('gammas', () => {
    for (const [shape, { values, after }] of Object.entries(expected.gammas)) {
      const random = new Random(seed);
      for (const value of values)
        expect(Math.abs(random.gamma(Number(shape)) - value)).toBeLessThanOrEqual(1e-13 * value);
      expect(random.double()).toBe(after);
    }
  });

  test('integers', () => {
    for (const { low, high, values } of expected.integers) {
      const random = new Random(seed);
      expect(values.map(() => random.integers(low, high))).toEqual(values);
    }
  });

  test('halves of a word are kept for the next 32-bit draw only', () => {
    const random = new Random(seed);
    for (const draw of expected.mixed) {
      expect([random.integers(0, 10), random.double(), random.integers(0, 1000), random.normal()]).toEqual(draw);
    }
  });

  test('permutations', () => {
    expect(Array.from(new Random(seed).permutation(100))).toEqual(expected.permutation);
    const values = Int32Array.from({ length: 9 }, (_, i) => i);
    new Random(seed).shuffle(values);
    expect(Array.from(values)).toEqual(expected.shuffled);
  });

  test('spawned streams', () => {
    const parent = new Random(seed);
    const children = parent.spawn(2).map((child) => child.double());
    children.push(parent.spawn(1)[0].double(), parent.spawn(1)[0].spawn(2)[1].double(), parent.double());
    expect(children).toEqual(expected.children);
  });
});

test('SeedSequence words are those of NumPy', () => {
  // np.random.SeedSequence(0).generate_state(8)
  expect(Array.from(new SeedSequence([0]).generate(8))).toEqual(cases[0].words);
});

test('a saved state goes on with the same draws, the half word and the spawning included', () => {
  const random = new Random(9);
  random.uint32();
  random.spawn(3);
  const saved: RandomState = JSON.parse(JSON.stringify(random.getState()));
  const restored = new Random(0);
  restored.setState(saved);
  const drawAll = (from: Random) => [from.uint32(), from.normal(), from.integers(0, 7), from.spawn(1)[0].double()];
  expect(drawAll(restored)).toEqual(drawAll(random));
});

test('reseeding equals a new stream', () => {
  const random = new Random(1);
  random.uint32();
  random.reseed(5);
  const fresh = new Random(5);
  expect([random.uint32(), random.double()]).toEqual([fresh.uint32(), fresh.double()]);
});

test('streams without a seed differ', () => {
  expect(new Random().double()).not.toBe(new Random().double());
});

test('bigint seeds equal number seeds', () => {
  expect(new Random(42n).double()).toBe(new Random(42).double());
  expect(new Random(2n ** 100n).double()).not.toBe(new Random(0).double());
});

test.each([-1, 1.5, Number.NaN, 2 ** 60, -3n, [1, -2]])('seed %p is refused', (seed) => {
  expect(() => new Random(seed)).toThrow(UserError);
});

test('empty ranges and wrong shapes are refused', () => {
  const random = new Random(1);
  expect(() => random.integers(3, 3)).toThrow('low < high');
  expect(() => random.integers(0, 1.5)).toThrow(UserError);
  expect(() => random.gamma(-1)).toThrow('shape');
});
