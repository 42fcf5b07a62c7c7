import { lineFigure } from '../../src/report/figures.ts';
import { heatmapFigure } from '../../src/report/heatmap.ts';
import type { Table } from '../../src/report/types.ts';
import { type Actor, type Critic, type Domain, metricOf } from '../domain.ts';
import { alignBins, columnMeans, groupRows } from './aligned.ts';
import { correlation } from './comparison/correlation.ts';
import { errorModels, middleOf, modelledSession } from './comparison/models.ts';
import { binAt } from './events.ts';
import { PavlovianEnv, type PavlovianOptions } from './pavlovian-env.ts';
import type { Trial } from './task.ts';

const trials = 200;
/** Far from the seeds of training. */
const seed = 1_000_000;
/** s that figures show before a trial, and after its reward. */
const secondsBefore = 1;
const secondsAfter = 2;
const heatmapRows = 50;

interface Played {
  id: string;
  name: string;
  return: number;
  /** Of each bin. */
  licks: Float64Array;
  /** Of what was delivered, and licks where nothing was. */
  collected: number;
  wasted: number;
}

/**
 * Plays a policy and rules without learning through one session of 200 trials, and holds the errors of the policy's critic
 * against those of the models, which learn the same session from nothing.
 */
export const pavlovianDomain: Domain = {
  evaluate(actor, options, critic) {
    const env = new PavlovianEnv({ ...(options as PavlovianOptions), trials });
    const values: number[] = [];
    const delivered: number[] = [];
    const all = [
      play(env, 'policy', 'Policy', actor, (observation, reward) => {
        if (critic) values.push(critic.value(observation));
        delivered.push(reward);
      }),
      play(env, 'never', 'Never lick', (_, action) => action.fill(0)),
      play(env, 'always', 'Always lick', (_, action) => action.fill(1)),
    ];
    const { session, binSeconds } = env;
    const modelled = modelledSession(
      session.events,
      binSeconds,
      session.seconds,
      longestTrial(session.trials) + binSeconds,
    );
    const series = errorModels.map((model) => ({
      id: model.id,
      name: model.name,
      errors: model.prepare(modelled)(middleOf(model)),
    }));
    const own = critic && criticErrors(values, delivered, critic);
    const types = env.task.trialTypes.map(({ name }) => name);
    const scene = { trials: session.trials, types, binSeconds, own, series, all };
    const table = tableOf(all);
    return {
      metrics: { ...metricsOf(all), ...agreement(scene) },
      table,
      sections: [
        { title: 'Conditioning', text: describe(scene), figures: figuresOf(scene), table },
        ...(own ? [{ title: 'The critic beside the models', table: agreementTable(scene) }] : []),
      ],
    };
  },
};

interface Scene {
  trials: readonly Trial[];
  /** Names of the types of trials there are. */
  types: readonly string[];
  binSeconds: number;
  /** TD errors of the policy's critic. */
  own: Float64Array | undefined;
  series: readonly { id: string; name: string; errors: Float64Array }[];
  all: readonly Played[];
}

function play(
  env: PavlovianEnv,
  id: string,
  name: string,
  actor: Actor,
  watch: (observation: Float32Array, reward: number) => void = () => {},
): Played {
  const observation = new Float32Array(env.observationSize);
  const action = new Float32Array(1);
  env.reset(seed, observation);
  actor.startEpisode?.();
  watch(observation, 0);
  const licks: number[] = [0];
  let sum = 0;
  let delivered = 0;
  let collected = 0;
  let wasted = 0;
  do {
    actor(observation, action);
    env.step(action, observation);
    watch(observation, env.reward);
    licks.push(action[0]);
    sum += env.reward;
    if (env.signals[1] > 0) {
      delivered++;
      collected += action[0];
    } else wasted += action[0];
  } while (!env.truncated);
  return {
    ...{ id, name, return: sum, licks: Float64Array.from(licks) },
    ...{ collected: collected / delivered, wasted: wasted / licks.length },
  };
}

/** delta_t = r_t + gamma V(o_t) - V(o_(t-1)), of the bin whose reward and observation brought it about. */
function criticErrors(values: readonly number[], rewards: readonly number[], { gamma }: Critic): Float64Array {
  return Float64Array.from(values, (value, t) => (t === 0 ? 0 : rewards[t] + gamma * value - values[t - 1]));
}

function metricsOf(all: readonly Played[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { id, return: total, collected, wasted } of all) {
    const key = (measure: string) => (id === 'policy' ? measure : metricOf(id, measure));
    Object.assign(metrics, { [key('sessionReturn')]: total, [key('collected')]: collected, [key('wasted')]: wasted });
  }
  return metrics;
}

function tableOf(all: readonly Played[]): Table {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return {
    columns: ['Who licks', 'Return', 'Rewards licked up', 'Bins licked for nothing'],
    rows: all.map((one) => [one.name, one.return.toFixed(2), percent(one.collected), percent(one.wasted)]),
    caption: `One session of ${trials} trials, the same for all.`,
  };
}

/** Errors within trials only: between them nothing happens, and all agree. */
function agreement({ own, series, trials: all, binSeconds }: Scene): Record<string, number> {
  if (own === undefined) return {};
  const late = all.slice(all.length / 2);
  const bins = late.flatMap(({ start, end }) => {
    const from = binAt(start, binSeconds);
    return Array.from({ length: binAt(end, binSeconds) - from + 2 }, (_, k) => from + k);
  });
  const within = bins.filter((bin) => bin < own.length);
  return Object.fromEntries(
    series.map(({ id, errors }) => [
      metricOf(id, 'correlation'),
      correlation(within.map((bin) => [own[bin], errors[bin]] as const)),
    ]),
  );
}

function agreementTable(scene: Scene): Table {
  const found = agreement(scene);
  return {
    columns: ['Model', "Correlation with the critic's errors"],
    rows: scene.series.map(({ id, name }) => [name, found[metricOf(id, 'correlation')].toFixed(2)]),
    caption: 'Over the bins of the later half of the trials; the models with parameters in the middle of their bounds.',
    emphasis: [],
  };
}

function figuresOf({ trials: all, types, binSeconds, own, series, all: [policy] }: Scene): string[] {
  const before = Math.round(secondsBefore / binSeconds);
  const after = Math.round((longestTrial(all) + secondsAfter) / binSeconds);
  const starts = all.map(({ start }) => binAt(start, binSeconds));
  const xRange = [-before * binSeconds, after * binSeconds] as const;
  const x = Array.from({ length: before + after }, (_, k) => Number(((k - before) * binSeconds).toFixed(4)));
  const heat = (title: string, errors: Float64Array) =>
    heatmapFigure({
      title,
      xLabel: 'time from the start of the trial (s)',
      yLabel: 'trial',
      xRange,
      yRange: [0, all.length],
      rows: groupRows(alignBins(errors, starts, before, after), heatmapRows),
    });
  const byType = (values: ArrayLike<number>) =>
    types.map((type) => ({
      name: type,
      values: Array.from(
        columnMeans(
          alignBins(
            values,
            starts.filter((_, trial) => all[trial].type === type && trial >= all.length / 2),
            before,
            after,
          ),
          before + after,
        ),
      ),
    }));
  const lines = (title: string, yLabel: string, values: ArrayLike<number>) =>
    lineFigure({ title, xLabel: 'time from the start of the trial (s)', yLabel, x, series: byType(values) });
  const learner = series.find(({ id }) => id === 'td')!;
  return [
    ...(own ? [lines('Errors of the trained critic', 'mean TD error, later half', own)] : []),
    lines('Licks of the policy', 'share of trials, later half', policy.licks),
    ...(own ? [heat('Errors of the trained critic, trial by trial', own)] : []),
    heat('Errors of TD(lambda) as it learns', learner.errors),
  ];
}

function describe({ all: [policy, ...rules], own }: Scene): string {
  const best = rules.reduce((a, b) => (b.return > a.return ? b : a));
  return (
    `The policy's return is ${policy.return.toFixed(2)}, that of the better rule, ${best.name.toLowerCase()}, ` +
    `${best.return.toFixed(2)}.${own ? ' Its critic has learned already; the models learn as the session goes.' : ''}`
  );
}

const longestTrial = (all: readonly Trial[]) => Math.max(...all.map(({ start, end }) => end - start));
