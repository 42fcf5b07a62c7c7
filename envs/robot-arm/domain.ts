import type { MeanEstimate } from '../../src/estimators/bootstrap.ts';
import type { Table } from '../../src/report/types.ts';
import { type Actor, type Domain, metricOf } from '../domain.ts';
import type { ArmEnv } from './arm-env.ts';
import { type Controller, controllers } from './controllers.ts';
import { distanceFigure, type NamedEpisodes, torqueFigure } from './figures.ts';
import { type ArmMeasures, measuresOf, summarise } from './metrics.ts';
import { recordEpisode } from './rollouts.ts';
import { animationFigure, pathsFigure } from './views.ts';

const episodes = 100;
/** Far from the seeds of training. */
const firstSeed = 1_000_000;

/**
 * Plays a policy and the controllers without learning over the same 100 episodes: from the same states to the same
 * targets.
 *
 * @param create the environment
 * @param steps of an episode
 */
export function robotArmDomain(create: (options: object) => ArmEnv, steps: number): Domain {
  return {
    evaluate(actor, options) {
      const env = create(options);
      const played = playAll(env, actor, steps);
      env.close?.();
      const summaries = played.map((one) => ({ ...one, summary: summarise(one.episodes.map(measuresOf)) }));
      const metrics = metricsOf(summaries);
      const table = tableOf(summaries);
      const { successDistance } = env;
      return {
        metrics,
        table,
        sections: [
          {
            title: 'Robot arm',
            text: describe(summaries, successDistance),
            figures: [
              distanceFigure(played),
              torqueFigure(played[0]),
              animationFigure('The policy at work', played[0].episodes[0]),
              pathsFigure('Ways of the policy', played[0].episodes),
            ],
            table,
          },
        ],
      };
    },
  };
}

interface Summary extends NamedEpisodes {
  summary: Record<keyof ArmMeasures, MeanEstimate>;
}

function playAll(env: ArmEnv, actor: Actor, steps: number): NamedEpisodes[] {
  const play = (act: Actor) =>
    Array.from({ length: episodes }, (_, episode) => {
      act.startEpisode?.();
      return recordEpisode(env, act, steps, firstSeed + episode);
    });
  const byRule = (controller: Controller) => play((_, action) => controller(env, action));
  return [
    { id: 'policy', name: 'Policy', episodes: play(actor) },
    ...controllers.flatMap(({ id, name, start }) => {
      const controller = start(env);
      return controller === undefined ? [] : [{ id, name, episodes: byRule(controller) }];
    }),
  ];
}

/** The policy's measures under their own names, the controllers' with theirs in front: `zeroActionFinalDistance`. */
function metricsOf(summaries: readonly Summary[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  summaries.forEach(({ id, summary }, index) => {
    for (const [measure, { mean, low, high }] of Object.entries(summary)) {
      const key = index === 0 ? measure : metricOf(id, measure);
      metrics[key] = mean;
      if (index === 0) Object.assign(metrics, { [`${key}Low`]: low, [`${key}High`]: high });
    }
  });
  return metrics;
}

const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
const centimetres = (value: number) => (100 * value).toFixed(2);

const columns: [string, keyof ArmMeasures, (value: number) => string, interval?: true][] = [
  ['Return', 'return', (value) => value.toFixed(2), true],
  ['Success, any step', 'successAny', percent],
  ['Success, last step', 'successLast', percent],
  ['Final distance (cm)', 'finalDistance', centimetres, true],
  ['Time to success (s)', 'timeToSuccess', (value) => value.toFixed(2)],
  ['Path ratio', 'pathRatio', (value) => value.toFixed(2)],
  ['Work (J)', 'work', (value) => value.toPrecision(3)],
  ['Jerk (rad/s\u00b3)', 'jerk', (value) => value.toPrecision(3)],
  ['Saturated', 'saturation', percent],
];

function tableOf(summaries: readonly Summary[]): Table {
  const cell = ({ mean, low, high }: MeanEstimate, format: (value: number) => string, interval?: true) => {
    if (Number.isNaN(mean)) return '\u2013';
    return interval ? `${format(mean)}\u00a0\u00b1\u00a0${format((high - low) / 2)}` : format(mean);
  };
  return {
    columns: ['Controller', ...columns.map(([name]) => name)],
    rows: summaries.map(({ name, summary }) => [
      name,
      ...columns.map(([, measure, format, interval]) => cell(summary[measure], format, interval)),
    ]),
    caption:
      `Means over the same ${episodes} episodes, \u00b1 half of the 95 % bootstrap interval. Time to success: over the episodes that ` +
      'had one. Path ratio: way of the tip over the distance it had to go.',
  };
}

function describe([policy, ...rules]: readonly Summary[], successDistance: number): string {
  const best = rules.reduce((a, b) => (b.summary.return.mean > a.summary.return.mean ? b : a));
  const verdict =
    policy.summary.return.low > best.summary.return.high
      ? 'more than'
      : policy.summary.return.high < best.summary.return.low
        ? 'less than'
        : 'not clearly different from';
  return (
    `Success is a tip within ${Number((100 * successDistance).toPrecision(3))} cm of the target. The policy's mean ` +
    `return, ${policy.summary.return.mean.toFixed(2)}, is ${verdict} that of the best controller without learning, ` +
    `${best.name.toLowerCase()}, ${best.summary.return.mean.toFixed(2)}.`
  );
}
