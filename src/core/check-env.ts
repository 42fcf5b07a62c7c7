import { describeValue } from './adapters/rows-of.ts';
import type { Env, StepResult } from './env.ts';
import { UserError } from './errors.ts';
import { Random } from './random.ts';
import { actionFromRow, actionSizeOf, choicesOf, maskSizeOf } from './spaces/action-row.ts';
import type { Box } from './spaces/box.ts';
import { isSpace, type Space } from './spaces/space.ts';

export interface CheckEnvOptions {
  /** Steps of each drive through the environment. Default 100. */
  steps?: number;
  /** Default 0. */
  seed?: number;
  /** Whether to end by `close`. Default true. */
  close?: boolean;
}

/** One step or reset as numbers that can be compared. */
interface Moment {
  readonly what: string;
  readonly observation: Float64Array;
  readonly reward: number;
  readonly ended: boolean;
}

/**
 * Checks that an environment keeps the contract of `Env`, as Gymnasium's `check_env` does: for people who write one.
 *
 * @returns what is allowed but probably not meant
 * @throws UserError saying what is wrong and where, at the first fault
 */
export function checkEnv(env: Env, options: CheckEnvOptions = {}): string[] {
  const { steps = 100, seed = 0, close = true } = options;
  const warnings: string[] = [];
  checkSpace('observationSpace', env.observationSpace);
  checkSpace('actionSpace', env.actionSpace);
  actionSizeOf(env.actionSpace);
  warnOfBounds(env, warnings);
  checkMethods(env);

  const first = drive(env, seed, steps);
  compare(first, drive(env, seed, steps), `reset({ seed: ${seed} }) and the same actions give other results`, [
    'Draw every random number from a Random that reset makes anew from the seed, and reset all other state.',
  ]);
  if (difference(first, drive(env, seed, steps, seed + 1)) === undefined) {
    warnings.push(`Seeds ${seed} and ${seed + 1} give the same episode: the environment may not use its seed.`);
  }
  checkSharing(env, seed);
  checkState(env, seed, steps);
  checkRender(env);
  if (close) env.close?.();
  return warnings;
}

function fail(fault: string): never {
  throw new UserError(fault);
}

function checkSpace(name: string, space: unknown): asserts space is Space {
  if (!isSpace(space)) {
    fail(`${name} is ${describeValue(space)}, expected a space such as new Box(-1, 1, [3]) or new Discrete(4).`);
  }
  if (space.flatSize < 1) fail(`${name} ${space} holds no numbers, expected at least one.`);
  const random = new Random(0);
  for (let i = 0; i < 10; i++) {
    const value = space.sample(random);
    if (!space.contains(value)) fail(`${name} ${space} drew ${describeValue(value)}, which it does not contain.`);
  }
}

function warnOfBounds(env: Env, warnings: string[]): void {
  if (env.actionSpace.type !== 'box') return;
  const { low, high } = env.actionSpace as Box;
  const centred = low.every((bound, i) => bound >= -1 && high[i] <= 1 && (bound === 0 || bound === -high[i]));
  if (!centred) {
    warnings.push(`The action space ${env.actionSpace} is not from -1 to 1 or from 0 to 1, where policies learn best.`);
  }
}

function checkMethods(env: Env): void {
  for (const name of ['reset', 'step'] as const) {
    if (typeof env[name] !== 'function') fail(`${name} is ${describeValue(env[name])}, expected a method.`);
  }
  for (const name of ['render', 'close', 'actionMask', 'getState', 'setState'] as const) {
    const method: unknown = env[name];
    if (method !== undefined && typeof method !== 'function') {
      fail(`${name} is ${describeValue(method)}, expected a method or nothing.`);
    }
  }
  if ((env.getState === undefined) !== (env.setState === undefined)) {
    fail('Of getState and setState there is only one: write both, or neither.');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function checkResult(what: string, result: unknown, entries: readonly string[]): asserts result is StepResult<unknown> {
  if (result instanceof Promise)
    fail(`${what} returned a promise, expected a plain object: environments are not async.`);
  if (!isObject(result)) fail(`${what} returned ${describeValue(result)}, expected { ${entries.join(', ')} }.`);
  const missing = entries.find((entry) => !(entry in result));
  if (missing !== undefined) fail(`${what} returned no '${missing}', expected { ${entries.join(', ')} }.`);
  if (!isObject(result.info)) fail(`${what} returned info ${describeValue(result.info)}, expected an object.`);
}

function checkObservation(env: Env, what: string, observation: unknown): void {
  if (env.observationSpace.contains(observation)) return;
  fail(`${what} returned the observation ${describeValue(observation)}, not in ${env.observationSpace}.`);
}

function momentOf(env: Env, what: string, observation: unknown, reward: number, ended: boolean): Moment {
  const row = new Float64Array(env.observationSpace.flatSize);
  env.observationSpace.flatten(observation, row);
  return { what, observation: row, reward, ended };
}

function checkedReset(env: Env, seed?: number): Moment {
  const what = seed === undefined ? 'reset()' : `reset({ seed: ${seed} })`;
  const result: unknown = seed === undefined ? env.reset() : env.reset({ seed });
  checkResult(what, result, ['observation', 'info']);
  checkObservation(env, what, result.observation);
  return momentOf(env, what, result.observation, 0, false);
}

function checkedStep(env: Env, action: unknown, index: number): Moment {
  const what = `step ${index} (action ${describeValue(action)})`;
  const result: unknown = env.step(action);
  checkResult(what, result, ['observation', 'reward', 'terminated', 'truncated', 'info']);
  const { observation, reward, terminated, truncated, info } = result;
  checkObservation(env, what, observation);
  if (!Number.isFinite(reward)) fail(`${what} returned reward ${describeValue(reward)}, expected a finite number.`);
  for (const [name, flag] of Object.entries({ terminated, truncated })) {
    if (typeof flag !== 'boolean') fail(`${what} returned ${name} ${describeValue(flag)}, expected true or false.`);
  }
  for (const name of env.signalNames ?? []) {
    if (typeof info[name] !== 'number' || Number.isNaN(info[name])) {
      fail(`${what} returned info.${name} ${describeValue(info[name])}, expected a number: signalNames lists it.`);
    }
  }
  return momentOf(env, what, observation, reward, terminated || truncated);
}

/** A random action, of those the mask allows. */
function chooseAction(env: Env, random: Random): unknown {
  if (env.actionMask === undefined) return env.actionSpace.sample(random);
  const mask: unknown = env.actionMask();
  const size = maskSizeOf(env.actionSpace);
  if (!(mask instanceof Uint8Array) || mask.length !== size || mask.some((byte) => byte > 1)) {
    fail(`actionMask() is ${describeValue(mask)}, expected ${size} bytes of 0 or 1 for ${env.actionSpace}.`);
  }
  const row = new Float32Array(actionSizeOf(env.actionSpace));
  let offset = 0;
  choicesOf(env.actionSpace).forEach((count, slot) => {
    const allowed = Array.from({ length: count }, (_, i) => i).filter((i) => mask[offset + i] === 1);
    if (allowed.length === 0) fail(`actionMask() is ${describeValue(mask)}: decision ${slot} has no choice left.`);
    row[slot] = allowed[random.integers(0, allowed.length)];
    offset += count;
  });
  return actionFromRow(env.actionSpace, row);
}

function walk(env: Env, random: Random, steps: number): Moment[] {
  const moments: Moment[] = [];
  for (let i = 1; i <= steps; i++) {
    const moment = checkedStep(env, chooseAction(env, random), i);
    moments.push(moment);
    if (moment.ended) moments.push(checkedReset(env));
  }
  return moments;
}

function drive(env: Env, actionSeed: number, steps: number, seed = actionSeed): Moment[] {
  return [checkedReset(env, seed), ...walk(env, new Random(actionSeed), steps)];
}

/** What first differs between two drives, in words. */
function difference(a: readonly Moment[], b: readonly Moment[]): string | undefined {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const at = a[i].observation.findIndex((value, j) => value !== b[i].observation[j]);
    if (at >= 0) return `${a[i].what}: observation[${at}] is ${a[i].observation[at]}, then ${b[i].observation[at]}`;
    if (a[i].reward !== b[i].reward) return `${a[i].what}: reward is ${a[i].reward}, then ${b[i].reward}`;
    if (a[i].ended !== b[i].ended) return `${a[i].what}: the episode ends only ${a[i].ended ? 'before' : 'now'}`;
  }
  return undefined;
}

function compare(a: readonly Moment[], b: readonly Moment[], fault: string, advice: readonly string[]): void {
  const found = difference(a, b);
  if (found !== undefined) fail(`${fault}, first at ${found}. ${advice.join(' ')}`);
}

/** The arrays and objects a value is made of. */
function partsOf(value: unknown): object[] {
  if (!isObject(value)) return [];
  if (ArrayBuffer.isView(value)) return [value.buffer];
  return [value, ...Object.values(value).flatMap(partsOf)];
}

/** Rollouts keep observations: one written over by the next step would spoil them without a sign. */
function checkSharing(env: Env, seed: number): void {
  const random = new Random(seed);
  const seen = new Map<object, string>();
  const look = (what: string, observation: unknown): void => {
    const shared = partsOf(observation).find((part) => seen.has(part));
    if (shared !== undefined) {
      fail(
        `${what} returned an observation that shares memory with that of ${seen.get(shared)}. ` +
          'Return a new array every time, for instance by slice().',
      );
    }
    for (const part of partsOf(observation)) seen.set(part, what);
  };
  look('reset', env.reset({ seed }).observation);
  for (let i = 1; i <= 3; i++) {
    const { observation, terminated, truncated } = env.step(chooseAction(env, random));
    look(`step ${i}`, observation);
    if (terminated || truncated) break;
  }
  look('the second reset', env.reset().observation);
}

function checkState(env: Env, seed: number, steps: number): void {
  if (env.getState === undefined || env.setState === undefined) return;
  drive(env, seed, Math.ceil(steps / 2));
  const text: string | undefined = JSON.stringify(env.getState());
  if (text === undefined)
    fail(`getState() is ${describeValue(env.getState())}, expected what JSON.stringify can write.`);
  const expected = walk(env, new Random(seed + 1), steps);
  env.setState(JSON.parse(text));
  compare(
    expected,
    walk(env, new Random(seed + 1), steps),
    'After setState(getState()) the environment goes on otherwise',
    ['Save all that changes, the random stream included, in a form that JSON keeps (no typed arrays, no Infinity).'],
  );
}

function checkRender(env: Env): void {
  const picture: unknown = env.render?.();
  if (env.render !== undefined && typeof picture !== 'string') {
    fail(`render() is ${describeValue(picture)}, expected text or SVG.`);
  }
}
