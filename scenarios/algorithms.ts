import { z } from 'zod';
import { type A2cConfig, a2cDefaults } from '../src/algorithms/a2c.ts';
import { type ImpalaConfig, impalaDefaults } from '../src/algorithms/impala.ts';
import { type PathwiseConfig, pathwiseDefaults } from '../src/algorithms/pathwise.ts';
import { entropyPlaces, type PpoConfig, ppoDefaults } from '../src/algorithms/ppo.ts';
import {
  type ReinforceConfig,
  reinforceBaselines,
  reinforceDefaults,
  reinforceReturns,
} from '../src/algorithms/reinforce.ts';
import { type SacConfig, sacDefaults } from '../src/algorithms/sac.ts';
import { importanceKinds } from '../src/estimators/importance.ts';
import { count, type FieldsOf, flag, notNegative, positive, real, schedule, share, whole } from './fields.ts';

const reinforce = z.strictObject({
  name: z.literal('reinforce'),
  ...({
    episodes: count.default(reinforceDefaults.episodes),
    returns: z.enum(reinforceReturns).default(reinforceDefaults.returns),
    baseline: z.enum(reinforceBaselines).default(reinforceDefaults.baseline),
    epochs: count.default(reinforceDefaults.epochs),
    importance: z.enum(importanceKinds).default(reinforceDefaults.importance),
    importanceClip: positive.default(reinforceDefaults.importanceClip),
    learningRate: schedule.default(reinforceDefaults.learningRate),
    gamma: share.default(reinforceDefaults.gamma),
    valueCoefficient: notNegative.default(reinforceDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(reinforceDefaults.entropyCoefficient),
    maxGradientNorm: positive.default(reinforceDefaults.maxGradientNorm),
    normaliseAdvantages: flag.default(reinforceDefaults.normaliseAdvantages),
    adamEpsilon: positive.default(reinforceDefaults.adamEpsilon),
  } satisfies FieldsOf<ReinforceConfig>),
});

const a2c = z.strictObject({
  name: z.literal('a2c'),
  ...({
    rolloutSteps: count.default(a2cDefaults.rolloutSteps),
    learningRate: schedule.default(a2cDefaults.learningRate),
    gamma: share.default(a2cDefaults.gamma),
    lambda: share.default(a2cDefaults.lambda),
    valueCoefficient: notNegative.default(a2cDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(a2cDefaults.entropyCoefficient),
    maxGradientNorm: positive.default(a2cDefaults.maxGradientNorm),
    normaliseAdvantages: flag.default(a2cDefaults.normaliseAdvantages),
    adamEpsilon: positive.default(a2cDefaults.adamEpsilon),
  } satisfies FieldsOf<A2cConfig>),
});

const ppo = z.strictObject({
  name: z.literal('ppo'),
  ...({
    rolloutSteps: count.default(ppoDefaults.rolloutSteps),
    epochs: count.default(ppoDefaults.epochs),
    minibatchSize: count.default(ppoDefaults.minibatchSize),
    sequenceLength: count.nullable().default(ppoDefaults.sequenceLength),
    learningRate: schedule.default(ppoDefaults.learningRate),
    gamma: share.default(ppoDefaults.gamma),
    lambda: share.default(ppoDefaults.lambda),
    clipRange: schedule.default(ppoDefaults.clipRange),
    valueClipRange: schedule.nullable().default(ppoDefaults.valueClipRange),
    valueCoefficient: notNegative.default(ppoDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(ppoDefaults.entropyCoefficient),
    entropyIn: z.enum(entropyPlaces).default(ppoDefaults.entropyIn),
    targetEntropy: real.nullable().default(ppoDefaults.targetEntropy),
    maxGradientNorm: positive.default(ppoDefaults.maxGradientNorm),
    targetKl: positive.nullable().default(ppoDefaults.targetKl),
    normaliseAdvantages: flag.default(ppoDefaults.normaliseAdvantages),
    adamEpsilon: positive.default(ppoDefaults.adamEpsilon),
  } satisfies FieldsOf<PpoConfig>),
});

const impala = z.strictObject({
  name: z.literal('impala'),
  ...({
    actors: count.default(impalaDefaults.actors),
    lag: whole.default(impalaDefaults.lag),
    rolloutSteps: count.default(impalaDefaults.rolloutSteps),
    learningRate: schedule.default(impalaDefaults.learningRate),
    gamma: share.default(impalaDefaults.gamma),
    lambda: share.default(impalaDefaults.lambda),
    rhoClip: positive.default(impalaDefaults.rhoClip),
    cClip: notNegative.default(impalaDefaults.cClip),
    pgRhoClip: positive.default(impalaDefaults.pgRhoClip),
    valueCoefficient: notNegative.default(impalaDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(impalaDefaults.entropyCoefficient),
    maxGradientNorm: positive.default(impalaDefaults.maxGradientNorm),
    normaliseAdvantages: flag.default(impalaDefaults.normaliseAdvantages),
    adamEpsilon: positive.default(impalaDefaults.adamEpsilon),
  } satisfies FieldsOf<ImpalaConfig>),
});

const pathwise = z.strictObject({
  name: z.literal('pathwise'),
  ...({
    rolloutSteps: count.default(pathwiseDefaults.rolloutSteps),
    learningRate: schedule.default(pathwiseDefaults.learningRate),
    gamma: share.default(pathwiseDefaults.gamma),
    lambda: share.default(pathwiseDefaults.lambda),
    valueCoefficient: notNegative.default(pathwiseDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(pathwiseDefaults.entropyCoefficient),
    maxGradientNorm: positive.default(pathwiseDefaults.maxGradientNorm),
    adamEpsilon: positive.default(pathwiseDefaults.adamEpsilon),
  } satisfies FieldsOf<PathwiseConfig>),
});

const sac = z.strictObject({
  name: z.literal('sac'),
  ...({
    learningRate: schedule.default(sacDefaults.learningRate),
    gamma: share.default(sacDefaults.gamma),
    tau: share.default(sacDefaults.tau),
    batchSize: count.default(sacDefaults.batchSize),
    bufferSize: count.default(sacDefaults.bufferSize),
    learningStarts: count.default(sacDefaults.learningStarts),
    trainEvery: count.default(sacDefaults.trainEvery),
    gradientSteps: count.default(sacDefaults.gradientSteps),
    entropyCoefficient: schedule.default(sacDefaults.entropyCoefficient),
    targetEntropy: z
      .union([real, z.literal('auto')])
      .nullable()
      .describe('a number, auto or null')
      .default(sacDefaults.targetEntropy),
    adamEpsilon: positive.default(sacDefaults.adamEpsilon),
  } satisfies FieldsOf<SacConfig>),
});

/** One of the algorithms, by its name. */
export const algorithm = z.discriminatedUnion('name', [reinforce, a2c, ppo, impala, pathwise, sac]);
