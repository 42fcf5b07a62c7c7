import { envOf, rowsOf } from './adapters/rows.ts';
import type { Env } from './env.ts';
import { UserError } from './errors.ts';
import { nearestNames } from './nearest.ts';
import type { RowEnv } from './row-env.ts';
import { RowTimeLimit, TimeLimit } from './time-limit.ts';

/** What is known of an environment beside the environment itself. */
export interface EnvSpec {
  /** As in Gymnasium: an optional folder, a name and a version, `upslope/Portfolio-v0`. */
  readonly id: string;
  /** Episodes are truncated after so many steps; never when absent. */
  readonly maxEpisodeSteps?: number;
  /** Mean episode return at which the task counts as solved. */
  readonly rewardThreshold?: number;
  readonly description?: string;
}

export interface EnvRegistration<Options extends object = Record<string, unknown>> extends EnvSpec {
  /** Must refuse options it does not know, see `checkKeys`. */
  create(options: Options): RowEnv | Env;
  /** Loads what `create` needs and what takes a while, such as a physics engine; see `loadEnv`. */
  load?(): Promise<void>;
}

export type EnvOptions = Readonly<Record<string, unknown>>;

export interface MakeSettings {
  /** In place of the registered time limit; Infinity for none. */
  maxEpisodeSteps?: number;
}

const registrations = new Map<string, EnvRegistration<object>>();

/**
 * Makes an environment known by its id.
 *
 * @throws UserError when the id is not of Gymnasium's form or taken already
 */
export function register<Options extends object = Record<string, unknown>>(
  registration: EnvRegistration<Options>,
): void {
  const { id } = registration;
  if (!/^([\w:-]+\/)?[\w:.-]+-v\d+$/.test(id)) {
    throw new UserError(`An environment's id reads 'Name-v0' or 'folder/Name-v0'; got '${id}'.`);
  }
  if (registrations.has(id)) {
    throw new UserError(`The environment '${id}' is registered already. Give the new one another name or version.`);
  }
  registrations.set(id, registration as EnvRegistration<object>);
}

function registrationOf(id: string): EnvRegistration<object> {
  const registration = registrations.get(id);
  if (registration) return registration;
  const known = [...registrations.keys()].sort();
  if (known.length === 0) {
    throw new UserError(`There is no environment '${id}': none is registered. Import the module that registers it.`);
  }
  const nearest = nearestNames(id, known);
  const hint = nearest.length > 0 ? `Did you mean ${nearest.join(' or ')}?` : `There are ${known.join(', ')}.`;
  throw new UserError(`There is no environment '${id}'. ${hint}`);
}

/** @throws UserError with the nearest names when the id is unknown */
export function specOf(id: string): EnvSpec {
  const { create: _, load: __, ...spec } = registrationOf(id);
  return spec;
}

/**
 * Loads what an environment needs before it can be made: nothing for most, an optional package for some.
 *
 * @throws UserError with the nearest names when the id is unknown, and when the package is not installed
 */
export async function loadEnv(id: string): Promise<void> {
  await registrationOf(id).load?.();
}

/** Whether there is anything for `loadEnv` to load; not where the id is unknown. */
export function needsLoading(id: string): boolean {
  return registrations.get(id)?.load !== undefined;
}

/** All that are registered, by id. */
export function listEnvs(): EnvSpec[] {
  return [...registrations.keys()].sort().map(specOf);
}

function isRows(env: RowEnv | Env): env is RowEnv {
  return 'observationSize' in env;
}

function limitOf(spec: EnvSpec, settings: MakeSettings): number | undefined {
  const limit = settings.maxEpisodeSteps ?? spec.maxEpisodeSteps;
  return limit === Number.POSITIVE_INFINITY ? undefined : limit;
}

/**
 * A registered environment with Gymnasium's interface, its time limit applied and its `spec` attached.
 *
 * @throws UserError with the nearest names when the id or an option is unknown
 */
export function make(
  id: string,
  options: EnvOptions = {},
  settings: MakeSettings = {},
): Env & { readonly spec: EnvSpec } {
  const registration = registrationOf(id);
  const spec = specOf(id);
  const created = registration.create(options);
  const env = isRows(created) ? envOf(created) : created;
  const limit = limitOf(spec, settings);
  return Object.assign(limit === undefined ? env : new TimeLimit(env, limit), { spec });
}

/**
 * A registered environment over flat rows, its time limit applied.
 *
 * @throws UserError with the nearest names when the id or an option is unknown
 */
export function makeRows(id: string, options: EnvOptions = {}, settings: MakeSettings = {}): RowEnv {
  const registration = registrationOf(id);
  const created = registration.create(options);
  const rows = isRows(created) ? created : rowsOf(created, id);
  const limit = limitOf(registration, settings);
  return limit === undefined ? rows : new RowTimeLimit(rows, limit);
}
