import { quantile } from '../../src/estimators/statistics.ts';
import { lineFigure } from '../../src/report/figures.ts';
import type { ArmEpisode } from './rollouts.ts';

/** Episodes of one controller, under the name it bears in figures and tables. */
export interface NamedEpisodes {
  /** In kebab case. */
  id: string;
  name: string;
  episodes: readonly ArmEpisode[];
}

/** Distances below this are drawn there, in m. */
const leastDistance = 1e-4;

/** Median distance from tip to target over time, the first with the middle 80 % of its episodes. */
export function distanceFigure(all: readonly NamedEpisodes[]): string {
  const [{ seconds, distances }] = all[0].episodes;
  const times = Array.from(distances, (_, t) => t * seconds);
  const series = all.map(({ name, episodes }, index) => {
    const at = (q: number) => times.map((_, t) => Math.max(quantile(episodes.map(distanceAt(t)), q), leastDistance));
    const spread = index === 0 ? { low: at(0.1), high: at(0.9), emphasis: true } : {};
    return { name, values: at(0.5), ...spread };
  });
  return lineFigure({
    title: 'Distance to the target',
    xLabel: 'time (s)',
    yLabel: 'median distance (m)',
    note: 'band: 10 % to 90 %; 0.1 mm at least',
    x: times,
    series,
    logY: true,
  });
}

/** Torque of each joint in one episode. */
export function torqueFigure({ name, episodes: [episode] }: NamedEpisodes): string {
  const { torques, joints, seconds, distances } = episode;
  const steps = Array.from({ length: distances.length - 1 }, (_, t) => t + 1);
  return lineFigure({
    title: `Torques of ${name.toLowerCase()}, one episode`,
    xLabel: 'time (s)',
    yLabel: 'torque (N m)',
    x: steps.map((t) => t * seconds),
    series: Array.from({ length: joints }, (_, joint) => ({
      name: `joint ${joint + 1}`,
      values: steps.map((t) => torques[t * joints + joint]),
    })),
  });
}

/** Of an episode that ended early, what it ended with. */
const distanceAt =
  (t: number) =>
  ({ distances }: ArmEpisode) =>
    distances[Math.min(t, distances.length - 1)];
