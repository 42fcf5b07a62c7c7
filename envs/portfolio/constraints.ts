import { UserError } from '../../src/core/errors.ts';
import { checkKeys } from '../../src/core/nearest.ts';
import { Box } from '../../src/core/spaces/box.ts';
import { projectToExposure, projectToExposureBackward, projectToSum, projectToSumBackward } from './projection.ts';
import type { FilledTrading } from './trading-options.ts';

/** The name under which cash stands among the assets. */
export const cashName = 'Cash';

const negativeTolerance = 1e-6;
const sumTolerance = 1e-6;
const rounding = 1e-12;

/**
 * What may be held: weights of cash and n assets that sum to one, each within its limits, with positions whose sizes
 * sum to `leverage` at most. Negative cash is borrowed.
 *
 * Actions are mapped to such weights so that the whole of the action space is valid:
 * - long only, `Box(0, 1, [n + 1])`: numbers count in proportion to each other, cash first, none at all being cash;
 *   then positions are multiplied by the leverage, at the expense of cash;
 * - with short sales, `Box(-1, 1, [n])`: leverage times the number is the position of an asset, all scaled down alike
 *   where their sizes sum to more than the leverage; cash is what is left.
 *
 * Where there are limits, weights beyond them go to the nearest within.
 */
export class Constraints {
  readonly actionSpace: Box;
  readonly leverage: number;
  readonly short: boolean;
  /** Bounds of cash and the assets. */
  readonly low: Float64Array;
  readonly high: Float64Array;

  readonly #limited: boolean;
  readonly #work: readonly [Float64Array, Float64Array, Float64Array];
  /** What an action means before limits. */
  readonly #wanted: Float64Array;

  /** @throws UserError for limits of unknown assets, and limits no portfolio can keep */
  constructor(
    assets: readonly string[],
    { limits, leverage, short }: Pick<FilledTrading, 'limits' | 'leverage' | 'short'>,
  ) {
    const instruments = assets.length + 1;
    this.leverage = leverage;
    this.short = short;
    this.#limited = limits !== undefined;
    this.actionSpace = short ? new Box(-1, 1, [assets.length]) : new Box(0, 1, [instruments]);
    this.low = new Float64Array(instruments).fill(short ? -leverage : 0);
    this.high = new Float64Array(instruments).fill(leverage);
    // With short sales, what they bring is cash.
    this.low[0] = 1 - leverage;
    this.high[0] = short ? 1 + leverage : 1;
    const names = [cashName, ...assets];
    narrow(this.low, limits?.min, names, 'limits.min', Math.max);
    narrow(this.high, limits?.max, names, 'limits.max', Math.min);
    this.#work = [new Float64Array(instruments), new Float64Array(instruments), new Float64Array(instruments)];
    this.#wanted = new Float64Array(instruments);
    this.#check(names, limits);
  }

  /**
   * Writes the weights an action means.
   *
   * @throws UserError for the wrong number of values, values that are not finite, and negative ones where there are no
   *   short sales
   */
  decode(action: Float32Array, target: Float64Array): void {
    if (this.short) this.#decodePositions(action, target);
    else this.#decodeShares(action, target);
    if (this.#limited) this.confine(target);
  }

  /**
   * Writes dLoss/dAction, given dLoss/dTarget, which is written over. Where numbers change sign, reach the leverage or a
   * limit the weights have a kink; the slope is then that of one side, and that of numbers at 0 is 0.
   *
   * @param target as `decode` wrote it
   */
  decodeBackward(
    action: Float32Array,
    target: Float64Array,
    dTarget: Float64Array,
    dAction: Float32Array,
    dActionAt: number,
  ): void {
    const { low, high, leverage } = this;
    if (!this.short) {
      if (this.#limited) projectToSumBackward(target, low, high, dTarget);
      this.#decodeSharesBackward(action, dTarget, dAction, dActionAt);
      return;
    }
    // Cash is what the positions leave, before the projection and after it.
    for (let i = 1; i < dTarget.length; i++) dTarget[i] -= dTarget[0];
    if (this.#limited) {
      this.#decodePositions(action, this.#wanted);
      projectToExposureBackward(this.#wanted, target, low, high, leverage, dTarget);
    }
    this.#decodePositionsBackward(action, dTarget, dAction, dActionAt);
  }

  /**
   * Takes over weights that sum to one, and moves them to the nearest that are allowed.
   *
   * @throws UserError for the wrong number of weights, and where they are not finite or do not sum to one
   */
  take(weights: Float64Array, target: Float64Array): void {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i];
    // Written so that NaN fails too.
    if (weights.length !== target.length || !(Math.abs(sum - 1) <= sumTolerance)) {
      throw new UserError(
        `Expected ${target.length} portfolio weights (cash, then the assets) that sum to 1; got ${weights.length} ` +
          `that sum to ${sum}.`,
      );
    }
    for (let i = 0; i < weights.length; i++) target[i] = weights[i] / sum;
    this.confine(target);
  }

  /** Moves weights to the nearest that are allowed; with short sales, the nearest positions. */
  confine(target: Float64Array): void {
    const { low, high, leverage } = this;
    if (this.short) {
      projectToExposure(target, low, high, leverage, this.#work);
      setCash(target);
    } else {
      projectToSum(target, low, high, 1);
    }
  }

  #decodeShares(action: Float32Array, target: Float64Array): void {
    if (action.length !== target.length) this.#refuseShares(action, target.length);
    let sum = 0;
    for (let i = 0; i < target.length; i++) {
      const weight = action[i];
      // Written so that NaN and infinity fail too.
      if (!(weight >= -negativeTolerance && weight < Infinity)) this.#refuseShares(action, target.length);
      target[i] = Math.max(weight, 0);
      sum += target[i];
    }
    if (sum === 0) {
      target[0] = 1;
      sum = 1;
    }
    for (let i = 0; i < target.length; i++) target[i] /= sum;
    if (this.leverage === 1) return;
    for (let i = 1; i < target.length; i++) target[i] *= this.leverage;
    setCash(target);
  }

  #decodePositions(action: Float32Array, target: Float64Array): void {
    let gross = 0;
    for (let i = 0; i < action.length; i++) gross += Math.abs(action[i]);
    if (action.length !== target.length - 1 || !(gross < Infinity)) {
      throw new UserError(
        `Expected ${target.length - 1} finite numbers, from -1 (short) to 1 (long), one an asset; ` +
          `got [${action.join(', ')}].`,
      );
    }
    const scale = this.leverage / Math.max(gross, 1);
    for (let i = 0; i < action.length; i++) target[i + 1] = scale * action[i];
    setCash(target);
  }

  /** w = a / sum a; with leverage L those of assets L a_i / sum a, and cash what they leave. */
  #decodeSharesBackward(action: Float32Array, dTarget: Float64Array, dAction: Float32Array, at: number): void {
    let sum = 0;
    for (let i = 0; i < action.length; i++) sum += Math.max(action[i], 0);
    if (this.leverage !== 1) {
      for (let i = 1; i < dTarget.length; i++) dTarget[i] = this.leverage * (dTarget[i] - dTarget[0]);
      dTarget[0] = 0;
    }
    let mean = 0;
    for (let i = 0; i < action.length; i++) mean += (Math.max(action[i], 0) / sum) * dTarget[i];
    for (let i = 0; i < action.length; i++) dAction[at + i] = action[i] > 0 ? (dTarget[i] - mean) / sum : 0;
  }

  /** w_i = L a_i / max(1, sum |a|). */
  #decodePositionsBackward(action: Float32Array, dTarget: Float64Array, dAction: Float32Array, at: number): void {
    let gross = 0;
    let along = 0;
    for (let i = 0; i < action.length; i++) {
      gross += Math.abs(action[i]);
      along += dTarget[i + 1] * action[i];
    }
    const scale = this.leverage / Math.max(gross, 1);
    const shrinking = gross > 1 ? (scale * along) / gross : 0;
    for (let i = 0; i < action.length; i++) {
      dAction[at + i] = scale * dTarget[i + 1] - shrinking * Math.sign(action[i]);
    }
  }

  #refuseShares(action: Float32Array, count: number): never {
    throw new UserError(
      `Expected ${count} portfolio weights (cash, then the assets), none negative; ` +
        `got ${action.length}, the least of them ${Math.min(...action)}. Use a policy whose actions lie on the ` +
        'simplex, such as a softmax or a Dirichlet distribution.',
    );
  }

  #check(names: readonly string[], limits: FilledTrading['limits']): void {
    const { low, high, leverage, short } = this;
    const given = JSON.stringify(limits);
    const crossed = names.findIndex((_, i) => !(low[i] <= high[i]));
    if (crossed >= 0) {
      throw new UserError(
        `The limits ${given} leave ${names[crossed]} no weight: with ${short ? 'short sales' : 'no short sales'} and ` +
          `a leverage of ${leverage} it lies from ${low[crossed]} to ${high[crossed]}.`,
      );
    }
    if (short && [limits?.min, limits?.max].some((limit) => typeof limit === 'object' && cashName in limit)) {
      throw new UserError(`With short sales cash is what is left: give no limit of ${cashName}.`);
    }
    const sizes = names.map((_, i) => Math.max(low[i], -high[i], 0));
    const gross = sizes.slice(1).reduce((sum, size) => sum + size, 0);
    const least = low.reduce((sum, bound) => sum + bound, 0);
    const most = high.reduce((sum, bound) => sum + bound, 0);
    if (gross > leverage + rounding || (!short && (least > 1 + rounding || most < 1 - rounding))) {
      throw new UserError(
        `No portfolio keeps the limits ${given} with a leverage of ${leverage}: the least weights sum to ` +
          `${short ? gross : least}, the greatest to ${most}. Loosen them.`,
      );
    }
  }
}

/** Cash is what the positions leave. */
function setCash(target: Float64Array): void {
  let positions = 0;
  for (let i = 1; i < target.length; i++) positions += target[i];
  target[0] = 1 - positions;
}

/** Makes bounds tighter: a plain number those of all assets, though not that of cash. */
function narrow(
  bounds: Float64Array,
  limit: number | Record<string, number> | undefined,
  names: readonly string[],
  option: string,
  tighter: (a: number, b: number) => number,
): void {
  if (limit === undefined) return;
  if (typeof limit === 'object') checkKeys(`asset in the portfolio option '${option}'`, limit, names);
  for (let i = 0; i < bounds.length; i++) {
    const own = typeof limit === 'object' ? limit[names[i]] : i === 0 ? undefined : limit;
    if (own !== undefined) bounds[i] = tighter(bounds[i], own);
  }
}
