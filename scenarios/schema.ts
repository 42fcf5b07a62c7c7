import { z } from 'zod';
import { type PpoConfig, ppoDefaults } from '../src/algorithms/ppo.ts';
import { distributionNames } from '../src/policy/distributions/index.ts';
import { type PolicyConfig, policyDefaults } from '../src/policy/policy.ts';
import { validate } from './validation.ts';

// A description says what was expected when a value does not fit: see `validation.ts`.

const count = z.int().min(1).describe('a whole number of at least 1');
const share = z.number().min(0).max(1).describe('a number from 0 to 1');
const positive = z.number().positive().describe('a number greater than 0');
const notNegative = z.number().min(0).describe('a number of at least 0');
const real = z.number().describe('a number');
const flag = z.boolean().describe('true or false');
const options = z.record(z.string(), z.unknown()).describe('a mapping of option names to values');

const schedule = z
  .union([z.number().min(0), z.strictObject({ from: z.number().min(0), to: z.number().min(0) })])
  .describe('a number of at least 0, or { from, to } with two of them');

/** Keeps a schema's defaults and types in step with the plain data of `src`. */
type FieldsOf<T> = { [Key in keyof T]-?: z.ZodType<T[Key]> };

const ppo = z.strictObject({
  name: z.literal('ppo').describe("'ppo'"),
  ...({
    rolloutSteps: count.default(ppoDefaults.rolloutSteps),
    epochs: count.default(ppoDefaults.epochs),
    minibatchSize: count.default(ppoDefaults.minibatchSize),
    learningRate: schedule.default(ppoDefaults.learningRate),
    gamma: share.default(ppoDefaults.gamma),
    lambda: share.default(ppoDefaults.lambda),
    clipRange: schedule.default(ppoDefaults.clipRange),
    valueClipRange: schedule.nullable().default(ppoDefaults.valueClipRange),
    valueCoefficient: notNegative.default(ppoDefaults.valueCoefficient),
    entropyCoefficient: schedule.default(ppoDefaults.entropyCoefficient),
    maxGradientNorm: positive.default(ppoDefaults.maxGradientNorm),
    targetKl: positive.nullable().default(ppoDefaults.targetKl),
    normaliseAdvantages: flag.default(ppoDefaults.normaliseAdvantages),
    adamEpsilon: positive.default(ppoDefaults.adamEpsilon),
  } satisfies FieldsOf<PpoConfig>),
});

const policy = z.strictObject({
  hidden: z
    .array(count)
    .describe('a list of layer widths, such as [64, 64]')
    .default([...policyDefaults.hidden]),
  activation: z.enum(['tanh', 'relu', 'silu', 'none']).default(policyDefaults.activation),
  distribution: z.enum(distributionNames).default(policyDefaults.distribution),
  logStdInitial: real.default(policyDefaults.logStdInitial),
  stateDependentStd: flag.default(policyDefaults.stateDependentStd),
  normaliseObservations: flag.default(policyDefaults.normaliseObservations),
  normaliseRewards: flag.default(policyDefaults.normaliseRewards),
} satisfies FieldsOf<PolicyConfig>);

const formula = z.string().min(1).describe('a formula as text');

const term = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w-]+$/)
      .describe('a name of letters, digits, - and _'),
    weight: real.default(1),
    expression: formula.optional(),
    potential: formula.optional(),
  })
  .refine((value) => (value.expression === undefined) !== (value.potential === undefined))
  .describe('a name and either an expression or a potential');

const shaping = z.strictObject({
  reward: real.default(1),
  terms: z
    .array(term)
    .refine((terms) => new Set(terms.map(({ name }) => name)).size === terms.length)
    .describe('a list of terms, each with a name of its own')
    .default([]),
});

const scenarioSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .describe('a name of letters, digits, dots, - and _'),
  description: z
    .string()
    .regex(/^[^\n]*\n?$/)
    .trim()
    .describe('one line of text')
    .default(''),
  environment: z.strictObject({
    id: z.string().min(1).describe("an environment id such as 'CartPole-v1'"),
    options: options.default({}),
    numEnvs: z.int().min(1).max(65_536).describe('a whole number from 1 to 65536').default(8),
  }),
  shaping: shaping.prefault({}),
  policy: policy.prefault({}),
  algorithm: ppo,
  budget: z.strictObject({ steps: count }),
  evaluation: z
    .strictObject({
      episodes: count.default(20),
      everySteps: count.optional(),
      options: options.default({}),
      final: options.default({}),
    })
    .prefault({}),
  checkpoint: z.strictObject({ everySteps: count.optional() }).prefault({}),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe('a whole number from 0 to 2147483647')
    .default(0),
});

/** A scenario with every default filled in. Plain JSON. */
export type Scenario = z.output<typeof scenarioSchema>;

/** How the reward is put together, see `shapeRewards`. */
export type Shaping = Scenario['shaping'];
export type ShapingTerm = Shaping['terms'][number];

/**
 * Checks a scenario as it was written and fills in its defaults.
 * @param source the file it comes from, for error messages
 * @throws UserError naming every unknown key, with the nearest known ones, and every value that does not fit
 */
export function parseScenario(value: unknown, source: string): Scenario {
  return validate(scenarioSchema, value, source);
}
