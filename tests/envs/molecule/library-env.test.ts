import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MoleculeLibraryEnv, type MoleculeLibraryOptions } from '../../../envs/molecule/index.ts';
import { checkEnv } from '../../../src/core/check-env.ts';
import { loadEnv, make } from '../../../src/core/registry.ts';
import { MultiDiscrete } from '../../../src/core/spaces/index.ts';

test('is made only after its chemistry is loaded', () => {
  expect(() => new MoleculeLibraryEnv()).toThrow(/chemistry is not loaded yet.*await loadEnv/);
});

describe('with its chemistry', () => {
  let folder: string;
  let library: string;
  beforeAll(async () => {
    await loadEnv('upslope/MoleculeLibrary-v0');
    folder = mkdtempSync(join(tmpdir(), 'upslope-library-env-'));
    library = join(folder, 'three.yaml');
    // N-methylacetamide, N-methylbenzamide, and what ethanol does not give; then the same of dimethylamine.
    writeFileSync(
      library,
      "name: three\nreaction: '[C:1](=[O:2])[OX2H].[NX3;H2,H1;!$(NC=O):3]>>[C:1](=[O:2])[N:3]'\n" +
        'slots:\n  - { name: acid, reagents: [CC(=O)O, CCO, OC(=O)c1ccccc1] }\n  - { name: amine, reagents: [CN, CNC] }\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const observation = new Float32Array(1);
  const earn = (env: MoleculeLibraryEnv, ...choice: number[]): number => {
    env.step(Float32Array.from(choice), observation);
    return env.reward;
  };

  /** Acceptors over 2 count once, donors over 4 three times. */
  const counted = (aggregate: 'arithmetic' | 'geometric') => ({
    aggregate,
    terms: [
      { property: 'donors' as const, weight: 3, transform: { kind: 'linear' as const, low: 0, high: 4 } },
      { property: 'acceptors' as const, name: 'oxygen', transform: { kind: 'linear' as const, low: 0, high: 2 } },
    ],
  });
  // Likeness to what was made before earns nothing.
  const diversity = (remembered = 100) => ({
    terms: [{ property: 'diversity' as const, from: 0, remembered, transform: { kind: 'linear' as const } }],
  });

  test('keeps the contract of environments, without chance of its own', () => {
    const warnings = checkEnv(make('upslope/MoleculeLibrary-v0', { batch: 7 }));
    expect(warnings).toEqual([expect.stringMatching(/Seeds 0 and 1 give the same episode/)]);
  });

  test.each([
    // N-methylacetamide has one donor and one acceptor: terms of 1/4 and 1/2, weighted 3 to 1.
    ['arithmetic' as const, (3 / 4) * (1 / 4) + (1 / 4) * (1 / 2)],
    ['geometric' as const, (1 / 4) ** (3 / 4) * (1 / 2) ** (1 / 4)],
  ])('pays the %s mean of the terms, and tells each', (aggregate, expected) => {
    const env = new MoleculeLibraryEnv({ library, score: counted(aggregate) });
    env.reset(0, observation);
    expect(earn(env, 0, 0)).toBeCloseTo(expected, 14);
    expect(env.signalNames).toEqual(['score', 'valid', 'donors', 'oxygen']);
    expect(Array.from(env.signals)).toEqual([env.reward, 1, 1 / 4, 1 / 2]);
    // What cannot be made earns nothing, and leaves nothing of the product before.
    expect(earn(env, 1, 0)).toBe(0);
    expect(Array.from(env.signals)).toEqual([0, 0, 0, 0]);
    env.step(Float32Array.of(0, 0), observation);
    env.reset(0, observation);
    expect([env.reward, ...env.signals]).toEqual([0, 0, 0, 0, 0]);
  });

  test('has an option for each reagent, whether it reacts or not', () => {
    const env = new MoleculeLibraryEnv({ library });
    expect(env.actionSpace).toEqual(new MultiDiscrete([3, 2]));
    expect(Array.from(env.actionMask)).toEqual([1, 0, 1, 1, 1]);
  });

  test('an episode ends with its batch, and the next one has as many', () => {
    const env = new MoleculeLibraryEnv({ library, batch: 4 });
    const moments = [0, 1].map(() => {
      env.reset(undefined, observation);
      const start: [number, boolean] = [observation[0], env.terminated];
      // One that cannot be made is made in vain: it counts.
      const rest = [0, 1, 2, 0].map((acid): [number, boolean] => {
        earn(env, acid, 1);
        return [observation[0], env.terminated];
      });
      return [start, ...rest];
    });
    const expected = [0, 0.25, 0.5, 0.75, 1].map((share) => [share, share === 1]);
    expect(moments).toEqual([expected, expected]);
    expect(env.truncated).toBe(false);
  });

  describe('a score that remembers', () => {
    test('pays for what is new, over episodes, as long as it remembers', () => {
      const env = new MoleculeLibraryEnv({ library, score: diversity() });
      const forgetful = new MoleculeLibraryEnv({ library, score: diversity(1) });
      const earned = [env, forgetful].map((one) =>
        [0, 2, 0].map((acid) => {
          one.reset(undefined, observation);
          return earn(one, acid, 0);
        }),
      );
      // The first is all new; the third is there already, but for who remembers just the second.
      expect(earned[0]).toEqual([1, earned[1][1], 0]);
      expect(earned[1][2]).toBeCloseTo(earned[1][1], 14);
      expect(earned[1][1]).toBeGreaterThan(0);
      expect(earned[1][1]).toBeLessThan(1);
    });

    test('is one of each environment', () => {
      const [one, other] = [0, 1].map(() => new MoleculeLibraryEnv({ library, score: diversity() }));
      expect([earn(one, 0, 0), earn(other, 0, 0), earn(one, 0, 0)]).toEqual([1, 1, 0]);
    });

    test('goes on from the middle of a batch to the same bytes', () => {
      const options: MoleculeLibraryOptions = {
        library: 'amides',
        batch: 6,
        score: { terms: [{ property: 'qed' }, ...diversity(8).terms] },
      };
      /** All there is to see, as bytes. */
      const play = (env: MoleculeLibraryEnv, from: number, to: number) => {
        const seen: number[] = [];
        for (let i = from; i < to; i++) {
          if (i % 6 === 0) env.reset(undefined, observation);
          earn(env, (7 * i) % 60, (11 * i) % 73);
          seen.push(env.reward, ...env.signals, observation[0], Number(env.terminated));
        }
        return Buffer.from(Float64Array.from(seen).buffer).toString('base64');
      };
      const [one, other, fresh] = [0, 1, 2].map(() => new MoleculeLibraryEnv(options));
      play(one, 0, 21);
      const state = JSON.stringify(one.getState());
      // It overwrites whatever went before.
      play(other, 30, 47);
      other.setState(JSON.parse(state));
      expect(JSON.stringify(other.getState())).toBe(state);
      expect([other.reward, ...other.signals]).toEqual([one.reward, ...one.signals]);
      const rest = play(one, 21, 48);
      expect(play(other, 21, 48)).toBe(rest);
      expect(JSON.stringify(other.getState())).toBe(JSON.stringify(one.getState()));
      // Without its memory it earns something else.
      fresh.setState({ ...JSON.parse(state), remembered: [[], []] });
      expect(play(fresh, 21, 48)).not.toBe(rest);
    });

    test('a state at the end of a batch is at its end', () => {
      const [one, other] = [0, 1].map(() => new MoleculeLibraryEnv({ library, batch: 2 }));
      one.reset(undefined, observation);
      for (const ended of [false, true]) {
        earn(one, 0, 0);
        other.setState(JSON.parse(JSON.stringify(one.getState())));
        expect(other.terminated).toBe(ended);
      }
    });
  });

  test.each<[string, object, RegExp]>([
    ['a library there is not', { library: 'amines' }, /no library 'amines'.*amides, acylated-amino-amides/],
    ['a batch of none', { batch: 0 }, /MoleculeLibrary option 'batch' does not fit: .*got 0\./],
    ['a batch of parts', { batch: 1.5 }, /'batch' does not fit: .*got 1\.5\./],
    ['an unknown property', { score: { terms: [{ property: 'beauty' }] } }, /'score\.terms\.0\.property' does not fit/],
    ['a descriptor without a transform', { score: { terms: [{ property: 'logP' }] } }, /'score\.terms\.0\.transform'/],
    [
      'a weight of nothing',
      { score: { terms: [{ property: 'qed', weight: 0 }] } },
      /'score\.terms\.0\.weight' does not fit: .*got 0\./,
    ],
    [
      'two terms of one name',
      { score: { terms: [{ property: 'qed' }, { property: 'qed' }] } },
      /Two terms of the score are called 'qed'/,
    ],
    [
      'a target that is no molecule',
      { score: { terms: [{ property: 'similarity', target: 'C1CC' }] } },
      /target of the similarity is no molecule: 'C1CC'/,
    ],
    [
      'an alert that is none',
      { score: { terms: [{ property: 'alerts', smarts: ['[C'] }] } },
      /alert '\[C' is no SMARTS/,
    ],
    [
      "a term of a signal's name",
      { score: { terms: [{ property: 'qed', name: 'score' }] } },
      /called 'score', as a signal of the environment is/,
    ],
  ])('refuses %s', (_, options, message) => {
    expect(() => new MoleculeLibraryEnv(options)).toThrow(message);
  });
});
