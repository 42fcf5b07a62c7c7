import { bootstrapMean } from '../../src/estimators/bootstrap.ts';
import { lineFigure } from '../../src/report/figures.ts';
import type { Table } from '../../src/report/types.ts';
import type { Actor, Domain } from '../domain.ts';
import { RecallCue, type RecallCueOptions } from './recall-cue.ts';

const episodes = 1000;
/** Far from the seeds of training. */
const firstSeed = 1_000_000;

/** Asks a policy 1000 times, and tells how often it is right, over the delay too. */
export const recallDomain: Domain = {
  evaluate(actor, options) {
    const env = new RecallCue(options as RecallCueOptions);
    const { cues, shortestDelay, longestDelay } = env.settings;
    const answers = Array.from({ length: episodes }, (_, episode) => play(env, actor, firstSeed + episode));
    const { mean, low, high } = bootstrapMean(Float64Array.from(answers, ({ correct }) => correct));
    const chance = 1 / cues;
    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    const table: Table = {
      columns: ['Who answers', 'Right'],
      rows: [
        ['Policy', `${percent(mean)} (${percent(low)} to ${percent(high)})`],
        ['Whoever remembers', percent(1)],
        ['The best without memory', percent(chance)],
      ],
      caption: `Of ${episodes} questions, with the 95 % bootstrap interval; the other two are exact.`,
    };
    const delays = Array.from({ length: longestDelay - shortestDelay + 1 }, (_, k) => shortestDelay + k);
    const figure = lineFigure({
      title: 'Answers over the delay',
      xLabel: 'symbols between the cue and the question',
      yLabel: 'share of right answers',
      x: delays,
      series: [
        { name: 'Policy', values: delays.map((delay) => shareOf(answers, delay)), emphasis: true },
        { name: 'The best without memory', values: delays.map(() => chance) },
      ],
    });
    return { metrics: { correct: mean, chance }, table, sections: [{ title: 'Recall', figures: [figure], table }] };
  },
};

interface Answer {
  correct: number;
  delay: number;
}

function play(env: RecallCue, actor: Actor, seed: number): Answer {
  const observation = new Float32Array(env.observationSize);
  const action = new Float32Array(1);
  env.reset(seed, observation);
  actor.startEpisode?.();
  do {
    actor(observation, action);
    env.step(action, observation);
  } while (!env.terminated);
  return { correct: env.signals[0], delay: env.signals[1] };
}

function shareOf(answers: readonly Answer[], delay: number): number {
  const those = answers.filter((answer) => answer.delay === delay);
  return those.reduce((sum, { correct }) => sum + correct, 0) / those.length;
}
