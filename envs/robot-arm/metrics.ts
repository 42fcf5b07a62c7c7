import { bootstrapMean, type MeanEstimate } from '../../src/estimators/bootstrap.ts';
import type { ArmEpisode } from './rollouts.ts';

/** How one episode went, or on average several. SI units. */
export interface ArmMeasures {
  /** Sum of rewards. */
  return: number;
  /** Whether the tip was on the target after any step, and after the last. */
  successAny: number;
  successLast: number;
  /** From tip to target at the end, m. */
  finalDistance: number;
  /** Until the tip was first on the target, s; NaN where it never was. */
  timeToSuccess: number;
  /** Way of the tip over the distance from its start to the target's last place. */
  pathRatio: number;
  /** Work of the actuators, whichever way: sum over joints and time of |torque x velocity|, J. */
  work: number;
  /** Root mean square over joints and time of the third derivative of the joint angles, rad/s^3. */
  jerk: number;
  /** Share of joints and steps at which the torque is at its limit; 0 where there is no limit. */
  saturation: number;
}

/** An actuator counts as saturated from this share of its limit on. */
const atLimit = 0.999;

export function measuresOf(episode: ArmEpisode): ArmMeasures {
  const { distances, tips, targets, velocities, torques, torqueLimits, joints, seconds, successDistance } = episode;
  const steps = distances.length - 1;
  const first = distances.subarray(1).findIndex((distance) => distance <= successDistance);

  let way = 0;
  let work = 0;
  let saturated = 0;
  let jerk = 0;
  for (let t = 1; t <= steps; t++) {
    way += distance3(tips, 3 * t, tips, 3 * (t - 1));
    for (let j = 0; j < joints; j++) {
      const at = t * joints + j;
      work += Math.abs(torques[at] * velocities[at]) * seconds;
      if (Math.abs(torques[at]) >= atLimit * torqueLimits[j]) saturated++;
      if (t === 1) continue;
      const bend = velocities[at] - 2 * velocities[at - joints] + velocities[at - 2 * joints];
      jerk += (bend / (seconds * seconds)) ** 2;
    }
  }
  return {
    return: episode.return,
    successAny: Number(first >= 0),
    successLast: Number(distances[steps] <= successDistance),
    finalDistance: distances[steps],
    timeToSuccess: first < 0 ? Number.NaN : (first + 1) * seconds,
    pathRatio: way / Math.max(distance3(tips, 0, targets, 3 * steps), successDistance),
    work,
    jerk: Math.sqrt(jerk / Math.max((steps - 1) * joints, 1)),
    saturation: saturated / (steps * joints),
  };
}

/**
 * Means over episodes with 95 % intervals by the bootstrap over them. Episodes without a value do not count; where none has one the mean is NaN.
 */
export function summarise(episodes: readonly ArmMeasures[]): Record<keyof ArmMeasures, MeanEstimate> {
  const names = Object.keys(episodes[0]) as (keyof ArmMeasures)[];
  const estimates = names.map((name) => {
    const values = episodes.map((episode) => episode[name]).filter((value) => !Number.isNaN(value));
    return [name, bootstrapMean(Float64Array.from(values))] as const;
  });
  return Object.fromEntries(estimates) as Record<keyof ArmMeasures, MeanEstimate>;
}

function distance3(a: Float64Array, i: number, b: Float64Array, j: number): number {
  return Math.hypot(a[i] - b[j], a[i + 1] - b[j + 1], a[i + 2] - b[j + 2]);
}
