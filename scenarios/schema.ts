import { z } from 'zod';
import { UserError } from '../src/core/errors.ts';
import { networkNames } from '../src/policy/actor-critic.ts';
import { distributionNames } from '../src/policy/distributions/index.ts';
import { explorationNames, type PolicyConfig, policyDefaults } from '../src/policy/policy.ts';
import { algorithm } from './algorithms.ts';
import { count, type FieldsOf, flag, options, positive, real } from './fields.ts';
import { validate } from './validation.ts';

const policy = z.strictObject({
  network: z.enum(networkNames).default(policyDefaults.network),
  hidden: z
    .array(count)
    .describe('a list of layer widths, such as [64, 64]')
    .default([...policyDefaults.hidden]),
  criticHidden: z
    .array(count)
    .describe('a list of layer widths, such as [64, 64], or null')
    .nullable()
    .default(policyDefaults.criticHidden as null),
  recurrentSize: count.default(policyDefaults.recurrentSize),
  activation: z.enum(['tanh', 'relu', 'silu', 'none']).default(policyDefaults.activation),
  distribution: z.enum(distributionNames).default(policyDefaults.distribution),
  logStdInitial: real.default(policyDefaults.logStdInitial),
  stateDependentStd: flag.default(policyDefaults.stateDependentStd),
  exploration: z.enum(explorationNames).default(policyDefaults.exploration),
  noiseSteps: z.int().min(0).describe('a whole number, 0 for a whole rollout').default(policyDefaults.noiseSteps),
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

const text = z.string().min(1);
const seconds = positive.describe('a number of seconds greater than 0');
const address = text.describe('an address such as tcp://127.0.0.1:5557');
const file = text.describe('the path of a key file');

const bridge = z.strictObject({
  python: text.describe('the path of a Python interpreter').optional(),
  imports: z.array(text).describe('a list of Python modules that register environments').default([]),
  hosts: count.optional(),
  groups: count.default(2),
  transport: z.enum(['stream', 'zmq']).default('stream'),
  listen: address.optional(),
  connect: z.array(address).min(1).describe('a list of addresses such as [tcp://127.0.0.1:5557]').optional(),
  key: file.optional(),
  allowKeys: file.optional(),
  serverKey: file.optional(),
  openSeconds: seconds.default(60),
  stepSeconds: seconds.default(30),
  onError: z.enum(['raise', 'restart']).default('raise'),
});

/** Prefix of environments that live in a Python process. */
export const GYMNASIUM = 'gymnasium:';

const environment = z.strictObject({
  id: z.string().min(1).describe("an environment id such as 'CartPole-v1' or 'gymnasium:CartPole-v1'"),
  options: options.default({}),
  numEnvs: z.int().min(1).max(65_536).describe('a whole number from 1 to 65536').default(8),
  maxEpisodeSteps: count.optional(),
  signals: z.array(text).describe('a list of names of numbers in the infos').optional(),
  bridge: bridge.optional(),
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
  environment,
  shaping: shaping.prefault({}),
  policy: policy.prefault({}),
  algorithm,
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
  engine: z.enum(['cpu', 'tensorflow']).default('cpu'),
  threads: z
    .union([count, z.literal('auto')])
    .describe("a whole number from 1, or 'auto'")
    .default('auto'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe('a whole number from 0 to 2147483647')
    .default(0),
});

/** A scenario with every default filled in. Plain JSON. */
export type Scenario = z.output<typeof scenarioSchema>;

/** Where environments in other processes are, and how they are spoken to. */
export type BridgeSettings = NonNullable<Scenario['environment']['bridge']>;

/** How the reward is put together, see `shapeRewards`. */
export type Shaping = Scenario['shaping'];
export type ShapingTerm = Shaping['terms'][number];

/**
 * Checks a scenario as it was written and fills in its defaults.
 * @param source the file it comes from, for error messages
 * @throws UserError naming every unknown key, with the nearest known ones, and every value that does not fit
 */
export function parseScenario(value: unknown, source: string): Scenario {
  const scenario = validate(scenarioSchema, withShortForms(value), source);
  const { id, bridge, signals } = scenario.environment;
  const misplaced = bridge ? 'bridge' : signals ? 'signals' : undefined;
  if (misplaced && !id.startsWith(GYMNASIUM)) {
    throw new UserError(
      `${source}: environment.${misplaced} is for environments in Python; '${id}' is one of our own. ` +
        `Write ${GYMNASIUM}<id> for Gymnasium's.`,
    );
  }
  return scenario;
}

/** `environment: gymnasium:CartPole-v1` for `environment: { id: gymnasium:CartPole-v1 }`, and the bridge that it needs. */
function withShortForms(value: unknown): unknown {
  if (!isMapping(value)) return value;
  const written = value.environment;
  const long = typeof written === 'string' ? { id: written } : written;
  if (!isMapping(long)) return value;
  const remote = typeof long.id === 'string' && long.id.startsWith(GYMNASIUM);
  return { ...value, environment: remote ? { ...long, bridge: long.bridge ?? {} } : long };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
