import { UserError } from '../../core/errors.ts';
import type { EpisodeLog } from './episode-log.ts';

/** What a policy expects of a log's rows. */
export interface LogShape {
  observationSize: number;
  actionSize: number;
  /** Choices of each slot of discrete actions, which are counted from 0; none for continuous ones. */
  choices: readonly number[] | undefined;
  maskSize: number;
}

/** One row of a log, as it was read. */
export interface LoggedStep {
  episode: string;
  step: number;
  observation: readonly number[];
  action: readonly number[];
  /** Empty for none. */
  mask: readonly number[];
  reward: number;
  terminated: boolean;
  truncated: boolean;
  /** One of the two. */
  logProb?: number;
  propensity?: number;
}

/** By how much rounding may lift a log-probability above 0. */
const rounding = 1e-6;

/** Puts a log together row by row, and refuses what cannot be. */
export class EpisodeLogBuilder {
  readonly #shape: LogShape;
  readonly #masked: boolean;
  readonly #seen = new Set<string>();
  readonly #starts: number[] = [];
  readonly #observations: number[] = [];
  readonly #actions: number[] = [];
  readonly #masks: number[] = [];
  readonly #logProbs: number[] = [];
  readonly #rewards: number[] = [];
  readonly #terminated: number[] = [];
  readonly #truncated: number[] = [];
  #episode: string | undefined;

  constructor(shape: LogShape, masked: boolean) {
    this.#shape = shape;
    this.#masked = masked;
  }

  /** @param where names file and line, for messages */
  add(step: LoggedStep, where: string): void {
    this.#place(step, where);
    this.#checkRow('observation', step.observation, this.#shape.observationSize, where);
    this.#checkRow('action', step.action, this.#shape.actionSize, where);
    this.#checkRow('mask', step.mask, this.#masked ? this.#shape.maskSize : 0, where);
    this.#checkChoices(step, where);
    for (const value of step.observation) this.#observations.push(value);
    for (const value of step.action) this.#actions.push(value);
    for (const value of step.mask) this.#masks.push(value);
    this.#logProbs.push(this.#logProbOf(step, where));
    this.#rewards.push(step.reward);
    const last = this.#starts.length - 1;
    this.#terminated[last] = step.terminated ? 1 : 0;
    this.#truncated[last] = step.truncated ? 1 : 0;
  }

  finish(source: string): EpisodeLog {
    const steps = this.#rewards.length;
    if (steps === 0) throw new UserError(`${source} has a header but no steps.`);
    return {
      starts: Int32Array.from([...this.#starts, steps]),
      observations: Float32Array.from(this.#observations),
      actions: Float32Array.from(this.#actions),
      logProbs: Float64Array.from(this.#logProbs),
      rewards: Float64Array.from(this.#rewards),
      terminated: Uint8Array.from(this.#terminated),
      truncated: Uint8Array.from(this.#truncated),
      ...(this.#masked && { masks: Uint8Array.from(this.#masks) }),
    };
  }

  /** Begins an episode where the row is of another than the one before. */
  #place({ episode, step }: LoggedStep, where: string): void {
    const steps = this.#rewards.length;
    if (episode === this.#episode) {
      const last = this.#starts.length - 1;
      const next = steps - this.#starts[last];
      if (this.#terminated[last] || this.#truncated[last]) {
        throw new UserError(
          `${where}: episode ${episode} goes on after it was ${this.#terminated[last] ? 'terminated' : 'truncated'}.`,
        );
      }
      if (step !== next) {
        throw new UserError(`${where}, column step: expected step ${next} of episode ${episode}, but found ${step}.`);
      }
      return;
    }
    if (this.#seen.has(episode)) {
      throw new UserError(
        `${where}: episode ${episode} was interrupted by another. Expected the steps of an episode below each other: sort ` +
          'the log by episode and step.',
      );
    }
    if (step !== 0) {
      throw new UserError(
        `${where}, column step: episode ${episode} begins with step ${step}. Expected 0: a return without its first steps ` +
          'cannot be weighed.',
      );
    }
    this.#seen.add(episode);
    this.#episode = episode;
    this.#starts.push(steps);
    this.#terminated.push(0);
    this.#truncated.push(0);
  }

  #checkRow(quantity: string, row: readonly number[], width: number, where: string): void {
    if (row.length === width) return;
    throw new UserError(`${where}, ${quantity}: expected ${width} numbers as the policy has, but found ${row.length}.`);
  }

  #checkChoices({ action, mask }: LoggedStep, where: string): void {
    const { choices } = this.#shape;
    if (choices === undefined) return;
    let first = 0;
    action.forEach((choice, slot) => {
      const n = choices[slot];
      const column = choices.length === 1 ? 'action' : `action_${slot}`;
      if (!Number.isInteger(choice) || choice < 0 || choice >= n) {
        throw new UserError(`${where}, ${column}: expected a choice from 0 to ${n - 1}, but found ${choice}.`);
      }
      if (mask.length > 0 && mask[first + choice] === 0) {
        throw new UserError(`${where}, ${column}: the choice ${choice} was taken, but its mask does not allow it.`);
      }
      first += n;
    });
  }

  #logProbOf({ logProb, propensity }: LoggedStep, where: string): number {
    const discrete = this.#shape.choices !== undefined;
    if (logProb !== undefined) {
      if (!discrete || logProb <= rounding) return logProb;
      throw new UserError(
        `${where}, column logProb: a choice cannot have log-probability ${logProb}. Expected the natural logarithm of a ` +
          'probability, at most 0; for probabilities themselves call the column propensity.',
      );
    }
    const p = propensity!;
    if (p > 0 && (!discrete || p <= 1 + rounding)) return Math.log(p);
    throw new UserError(
      `${where}, column propensity: ` +
        (p === 0
          ? 'an action of probability 0 cannot have been taken. Expected how probable the action was when it was taken.'
          : `expected ${discrete ? 'a probability, above 0 and at most 1' : 'a density, above 0'}, but found ${p}.`),
    );
  }
}
