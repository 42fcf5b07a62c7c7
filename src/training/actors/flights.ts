/** A rollout of every actor, under way or landed. */
export interface Formation<Landed> {
  /** Where each actor writes it to. */
  slot: number;
  landing: Promise<Landed>;
}

/**
 * Which rollouts are under way while the learner learns: it always learns from the oldest, and as many as `lag` are
 * ahead of it. So rollout j is flown with the weights after update j - lag, the first ones with those there are, and not
 * with whatever is there when an actor is quick. The slots go round.
 */
export class Flights<Landed> {
  readonly #lag: number;
  readonly #takeOff: (slot: number) => Promise<Landed>;
  #underWay: Formation<Landed>[] = [];
  #count = 0;

  /** @param takeOff starts a rollout of every actor with the weights as they are */
  constructor(lag: number, takeOff: (slot: number) => Promise<Landed>) {
    this.#lag = lag;
    this.#takeOff = takeOff;
  }

  /** Slots that each actor needs. */
  static slotsFor(lag: number): number {
    return lag + 1;
  }

  /** The rollout to learn from next. Its slot is written to again at the earliest by the call after this. */
  next(): Formation<Landed> {
    while (this.#underWay.length <= this.#lag) {
      const slot = this.#count++ % Flights.slotsFor(this.#lag);
      const landing = this.#takeOff(slot);
      // A failure is told to who waits for this landing, which may be later.
      landing.catch(() => {});
      this.#underWay.push({ slot, landing });
    }
    return this.#underWay.shift()!;
  }

  /** Those ahead of the learner, oldest first. */
  get underWay(): readonly Formation<Landed>[] {
    return this.#underWay;
  }

  /** Goes on with those that were ahead of it, in slots 0, 1, ... by now. */
  resume(landed: readonly Landed[]): void {
    this.#underWay = landed.map((experience, slot) => ({ slot, landing: Promise.resolve(experience) }));
    this.#count = landed.length;
  }
}

/**
 * Updates between the weights that actors have acted with and those that learn from it: of the actor furthest behind.
 *
 * @param versions that the actors have told
 * @throws Error beyond the bound
 */
export function measuredLag(update: number, versions: readonly number[], bound: number): number {
  const lag = Math.max(...versions.map((version) => update - version));
  // NaN is within no bound.
  if (versions.every((version) => version <= update) && lag <= bound) return lag;
  throw new Error(`At update ${update} actors acted with the weights of updates ${versions}: at most ${bound} behind.`);
}
