/** A hyper-parameter that stays, or moves in a straight line over the run. */
export type Schedule = number | { from: number; to: number };

/** @param progress share of the run's steps already taken, 0 to 1 */
export function valueAt(schedule: Schedule, progress: number): number {
  if (typeof schedule === 'number') return schedule;
  return schedule.from + (schedule.to - schedule.from) * Math.min(progress, 1);
}
