import { type PavlovianTask, type PavlovianTaskInput, taskSchema } from './task.ts';

/** Starkweather et al. (2017): 1.2 to 2.8 s in bins of 0.2 s, normal about 2 s. */
const variableDelays = Array.from({ length: 9 }, (_, i) => Number((1.2 + 0.2 * i).toFixed(1)));
const variableDelay = {
  values: variableDelays,
  weights: variableDelays.map((delay) => Math.exp(-((delay - 2) ** 2) / (2 * 0.5 ** 2))),
};
/** Geometric, of 65 bins on average, the same as hazards of 1/65 a bin. */
const geometricInterval = { mean: -0.2 / Math.log(1 - 1 / 65), grid: 0.2 };

/** Eshel et al. (2016), in microlitres, as Dabney et al. (2020) use them. */
export const variableMagnitudes = {
  values: [0.1, 0.3, 1.2, 2.5, 5, 10, 20],
  weights: [0.066, 0.091, 0.148, 0.155, 0.312, 0.151, 0.077],
};

const cue = (name: string, at = 0) => ({ name, at });

const inputs = {
  /** One cue, always rewarded: the error moves from the reward to the cue. */
  acquisition: {
    trialTypes: [{ name: 'tone', cues: [cue('tone')], reward: { delay: 2 } }],
    interval: { least: 4, mean: 6, most: 30 },
  },
  /** Fiorillo, Tobler and Schultz (2003): five cues, rewarded with probabilities from never to always. */
  probability: {
    trialTypes: [0, 0.25, 0.5, 0.75, 1].map((probability) => ({
      name: `p = ${probability}`,
      cues: [cue(`cue ${100 * probability} %`)],
      reward: { probability, delay: 2 },
    })),
    interval: { least: 4, mean: 4, most: 20 },
  },
  /** Tobler, Fiorillo and Schultz (2005): each cue is followed by the smaller or the larger of its two rewards. */
  'magnitude-range': {
    trialTypes: [
      [0, 0.05],
      [0, 0.15],
      [0.05, 0.15],
      [0, 0.5],
    ].map(([small, large]) => ({
      name: `${small} or ${large} ml`,
      cues: [cue(`cue ${small}/${large}`)],
      reward: { delay: 2, magnitude: { values: [small, large] } },
    })),
    interval: { least: 4, mean: 4, most: 20 },
  },
  /** Eshel et al. (2016), Dabney et al. (2020): one cue, rewards of seven sizes. */
  'variable-magnitude': {
    trialTypes: [{ name: 'odour', cues: [cue('odour')], reward: { delay: 1, magnitude: variableMagnitudes } }],
    interval: { least: 4, mean: 4, most: 20 },
  },
  /** Starkweather et al. (2017), task 1: one cue, always rewarded, at a time that varies. */
  'variable-delay': {
    trialTypes: [{ name: 'rewarded', cues: [cue('odour')], reward: { delay: variableDelay } }],
    interval: geometricInterval,
  },
  /** Task 2: one in ten goes without, and its next interval begins at once. */
  'variable-delay-90': {
    trialTypes: [
      { name: 'rewarded', weight: 9, cues: [cue('odour')], reward: { delay: variableDelay } },
      { name: 'omitted', cues: [cue('odour')] },
    ],
    interval: geometricInterval,
  },
  /** Ludvig, Sutton and Kehoe (2008): mostly a reward after 2 s, sometimes none, sometimes after 1 s. */
  'omission-early': {
    trialTypes: [
      { name: 'as usual', weight: 8, cues: [cue('tone')], reward: { delay: 2 } },
      { name: 'omitted', cues: [cue('tone')], reward: { delay: 2, probability: 0 } },
      { name: 'early', cues: [cue('tone')], reward: { delay: 1 } },
    ],
    interval: { least: 6, mean: 6, most: 30 },
  },
  /** Two cues in a row, then the reward. */
  'serial-cues': {
    trialTypes: [{ name: 'light, tone', cues: [cue('light'), cue('tone', 1.4)], reward: { delay: 2.8 } }],
    interval: { least: 4, mean: 16, most: 60 },
  },
  /** Jeong et al. (2022): a cue with a sure reward, and rewards at any time between trials. */
  'background-reward': {
    trialTypes: [{ name: 'tone', cues: [cue('tone')], reward: { delay: 3 } }],
    interval: { least: 6, mean: 24, most: 90 },
    freeRewards: { every: 6, clear: 6 },
  },
  /** Kim et al. (2020): eight landmarks a second apart lead to the reward, and the next round begins soon. */
  ramp: {
    trialTypes: [
      { name: 'track', cues: Array.from({ length: 8 }, (_, i) => cue(`landmark ${i + 1}`, i)), reward: { delay: 8 } },
    ],
    interval: { least: 3, mean: 6, most: 21 },
  },
} satisfies Record<string, PavlovianTaskInput>;

export type ParadigmName = keyof typeof inputs;

export const paradigmNames = Object.keys(inputs) as [ParadigmName, ...ParadigmName[]];

/** A published experiment, see `README.md`. Times in s; magnitudes in the units of the experiment. */
export function paradigm(name: ParadigmName): PavlovianTask {
  return taskSchema.parse(inputs[name]);
}
