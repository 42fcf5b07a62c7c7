/**
 * Threads that carry out the same program, each on its share of the work, and meet where they need each other's numbers.
 * Every member must call the same of these in the same order.
 */
export interface Team {
  /** Number of this member, from 0. */
  readonly rank: number;
  /** Members. */
  readonly size: number;
  /** Waits until every member is here. Throws where one of them has failed. */
  barrier(): void;
  /** Replaces each number by its sum over the members, added in the order of their ranks: the same in all of them. */
  sum(values: Float64Array): void;
}

/** A thread that works by itself. */
export const ALONE: Team = { rank: 0, size: 1, barrier() {}, sum() {} };

/** The sums of these numbers over a team's members. */
export function sumOver(team: Team, ...values: number[]): number[] {
  if (team.size === 1) return values;
  const sums = Float64Array.from(values);
  team.sum(sums);
  return [...sums];
}

/** Where a member's part of `count` things begins; the next one's begins where it ends. */
export function shareStart(count: number, rank: number, size: number): number {
  return Math.floor((count * rank) / size);
}

/** What members of a team in several threads share. Plain data, which travels between them. */
export interface TeamMemory {
  readonly size: number;
  /** Meetings held so far, members who have come to the next, and whether someone has failed. */
  readonly meeting: Int32Array;
  /** Numbers to be summed, member by member, for two sums in turn: nobody can be further ahead than that. */
  readonly numbers: Float64Array;
  /** How often to look for the others before going to sleep. */
  readonly spins: number;
}

/** The error of those who wait for a member that has failed: what happened is told by that one. */
export class TeamFailure extends Error {
  override name = 'TeamFailure';
}

const MEETINGS = 0;
const COME = 1;
const FAILED = 2;
/** Numbers of one member that are summed at once. */
const BLOCK = 64;
/** A millisecond or so. To fall asleep and be woken costs more than the others are mostly late. */
const SPINS = 20_000;

/** @param processors where there are fewer than members, who looks keeps the others from working */
export function createTeamMemory(size: number, processors: number): TeamMemory {
  return {
    size,
    meeting: new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)),
    numbers: new Float64Array(new SharedArrayBuffer(2 * size * BLOCK * Float64Array.BYTES_PER_ELEMENT)),
    spins: size <= processors ? SPINS : 0,
  };
}

/** Lets all who wait for each other, now or later, fail: one of them will not come. */
export function failTeam({ meeting }: TeamMemory): void {
  Atomics.store(meeting, FAILED, 1);
  Atomics.add(meeting, MEETINGS, 1);
  Atomics.notify(meeting, MEETINGS);
}

/** A member of a team in several threads, which blocks while it waits. */
export function joinTeam(memory: TeamMemory, rank: number): Team {
  const { size, meeting, numbers, spins } = memory;
  let sums = 0;

  const barrier = (): void => {
    const held = Atomics.load(meeting, MEETINGS);
    if (Atomics.load(meeting, FAILED) === 0) {
      if (Atomics.add(meeting, COME, 1) === size - 1) {
        Atomics.store(meeting, COME, 0);
        Atomics.add(meeting, MEETINGS, 1);
        Atomics.notify(meeting, MEETINGS);
      } else {
        for (let spin = 0; spin < spins && Atomics.load(meeting, MEETINGS) === held; spin++);
        while (Atomics.load(meeting, MEETINGS) === held) Atomics.wait(meeting, MEETINGS, held);
      }
    }
    if (Atomics.load(meeting, FAILED) !== 0) throw new TeamFailure('another thread of the same run has failed');
  };

  const sumBlock = (values: Float64Array, from: number, to: number): void => {
    const turn = (sums++ % 2) * size * BLOCK;
    for (let k = from; k < to; k++) numbers[turn + rank * BLOCK + k - from] = values[k];
    barrier();
    for (let k = from; k < to; k++) {
      let sum = 0;
      for (let member = 0; member < size; member++) sum += numbers[turn + member * BLOCK + k - from];
      values[k] = sum;
    }
  };

  return {
    rank,
    size,
    barrier,
    sum(values) {
      for (let from = 0; from < values.length; from += BLOCK) {
        sumBlock(values, from, Math.min(from + BLOCK, values.length));
      }
    },
  };
}
