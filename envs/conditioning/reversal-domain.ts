import { Random } from '../../src/core/random.ts';
import { bootstrapMean, type MeanEstimate } from '../../src/estimators/bootstrap.ts';
import { lineFigure } from '../../src/report/figures.ts';
import type { Table } from '../../src/report/types.ts';
import { type Actor, type Domain, metricOf } from '../domain.ts';
import { ReversalBandit, type ReversalBanditOptions } from './reversal-bandit.ts';

const sessions = 200;
/** Far from the seeds of training. */
const firstSeed = 1_000_000;
/** Trials about a reversal that the figure shows. */
const before = 5;
const after = 15;

/** How to choose without a trained policy. */
interface Rule {
  id: string;
  name: string;
  start(env: ReversalBandit, random: Random): { choose(): number; learn(choice: number, reward: number): void };
}

const rules: readonly Rule[] = [
  {
    id: 'random',
    name: 'At random',
    start: ({ settings }, random) => ({ choose: () => Math.floor(settings.arms * random.double()), learn: () => {} }),
  },
  {
    id: 'win-stay-lose-shift',
    name: 'Win-stay, lose-shift',
    start({ settings: { arms } }) {
      let next = 0;
      return {
        choose: () => next,
        learn(choice, reward) {
          next = reward > 0 ? choice : (choice + 1) % arms;
        },
      };
    },
  },
  {
    id: 'rescorla-wagner',
    name: 'Rescorla-Wagner, rate 0.5',
    start({ settings: { arms } }) {
      const values = new Float64Array(arms).fill(0.5);
      return {
        choose: () => values.indexOf(Math.max(...values)),
        learn(choice, reward) {
          values[choice] += 0.5 * (reward - values[choice]);
        },
      };
    },
  },
  {
    // Bayes' rule for a hidden state that moves: nobody who has to find out can do better but by trying for knowledge.
    id: 'ideal-observer',
    name: 'Ideal observer',
    start({ settings: { arms, good, bad, hazard } }) {
      let belief = new Float64Array(arms).fill(1 / arms);
      return {
        choose: () => belief.indexOf(Math.max(...belief)),
        learn(choice, reward) {
          const seen = belief.map((b, arm) => {
            const p = arm === choice ? good : bad;
            return b * (reward > 0 ? p : 1 - p);
          });
          const total = seen.reduce((sum, b) => sum + b, 0);
          belief = seen.map((b) => ((1 - hazard) * b + (hazard * (total - b)) / (arms - 1)) / total);
        },
      };
    },
  },
];

interface Played {
  id: string;
  name: string;
  /** Of each session. */
  rewarded: Float64Array;
  correct: Float64Array;
  /** Share of correct choices at each trial about a reversal. */
  aboutReversal: Float64Array;
}

/** Plays the policy and the rules through the same 200 sessions of a reversal bandit. */
export const reversalDomain: Domain = {
  evaluate(actor, options) {
    const env = new ReversalBandit(options as ReversalBanditOptions);
    const all = [
      play(env, 'policy', 'Policy', () => byPolicy(env, actor)),
      ...rules.map(({ id, name, start }) => play(env, id, name, (seed) => start(env, new Random(seed)))),
    ];
    const summaries = all.map((one) => ({
      ...one,
      reward: bootstrapMean(one.rewarded),
      right: bootstrapMean(one.correct),
    }));
    const metrics: Record<string, number> = {};
    summaries.forEach(({ id, reward, right }, index) => {
      const key = (measure: string) => (index === 0 ? measure : metricOf(id, measure));
      metrics[key('rewardRate')] = reward.mean;
      metrics[key('correct')] = right.mean;
    });
    const percent = ({ mean, low, high }: MeanEstimate) =>
      `${(100 * mean).toFixed(1)} \u00b1 ${(50 * (high - low)).toFixed(1)} %`;
    const table: Table = {
      columns: ['Chooser', 'Rewarded', 'Better arm'],
      rows: summaries.map(({ name, reward, right }) => [name, percent(reward), percent(right)]),
      caption: `Means over the same ${sessions} sessions, \u00b1 half of the 95 % bootstrap interval.`,
    };
    return { metrics, table, sections: [{ title: 'Choices', figures: [reversalFigure(all)], table }] };
  },
};

interface Chooser {
  choose(observation: Float32Array): number;
  learn(choice: number, reward: number): void;
}

function byPolicy(env: ReversalBandit, actor: Actor): Chooser {
  const action = new Float32Array(env.actionSize);
  actor.startEpisode?.();
  return {
    choose(observation) {
      actor(observation, action);
      return action[0];
    },
    learn: () => {},
  };
}

function play(env: ReversalBandit, id: string, name: string, start: (seed: number) => Chooser): Played {
  const observation = new Float32Array(env.observationSize);
  const action = new Float32Array(1);
  const rewarded = new Float64Array(sessions);
  const correct = new Float64Array(sessions);
  const right = new Float64Array(before + after);
  const counted = new Float64Array(before + after);
  for (let session = 0; session < sessions; session++) {
    const chooser = start(session);
    env.reset(firstSeed + session, observation);
    const hits: number[] = [];
    const reversals: number[] = [];
    do {
      action[0] = chooser.choose(observation);
      env.step(action, observation);
      chooser.learn(action[0], env.reward);
      rewarded[session] += env.reward / env.settings.trials;
      correct[session] += env.signals[0] / env.settings.trials;
      if (env.signals[1] > 0) reversals.push(hits.length);
      hits.push(env.signals[0]);
    } while (!env.truncated);
    for (const reversal of reversals) {
      for (let k = 0; k < before + after; k++) {
        const trial = reversal - before + k;
        if (trial < 0 || trial >= hits.length) continue;
        right[k] += hits[trial];
        counted[k]++;
      }
    }
  }
  return { id, name, rewarded, correct, aboutReversal: right.map((sum, k) => sum / counted[k]) };
}

function reversalFigure(all: readonly Played[]): string {
  return lineFigure({
    title: 'Choices about a reversal',
    xLabel: 'trials since the better arm changed',
    yLabel: 'share of choices of the better arm',
    x: Array.from({ length: before + after }, (_, k) => k - before),
    series: all.map(({ name, aboutReversal }, index) => ({
      name,
      values: Array.from(aboutReversal),
      emphasis: index === 0,
    })),
  });
}
