import { Random } from '../../core/random.ts';
import type { Box } from '../../core/spaces/box.ts';
import { bootstrapMean, type MeanEstimate } from '../../estimators/bootstrap.ts';
import { crossFittedQ } from '../../estimators/fitted-q.ts';
import { guaranteedReturn, type ReturnRange } from '../../estimators/guaranteed-return.ts';
import {
  effectiveEpisodes,
  estimateAll,
  finalLogWeights,
  type OffPolicyEstimate,
} from '../../estimators/off-policy-evaluation.ts';
import type { Policy } from '../../policy/policy.ts';
import { cutToHorizon, type EpisodeLog } from './episode-log.ts';
import { policyOnLog } from './policy-on-log.ts';

export interface OffPolicyOptions {
  /** Discount per step. */
  gamma: number;
  /** Steps of each episode that count; Infinity for all. */
  horizon: number;
  /** Bound on the weights of the clipped estimate. */
  clip: number;
  /** Parts in which the model is cross-fitted. */
  folds: number;
  /** Judges the policy that always takes its most likely choice. */
  deterministic: boolean;
  /** Of the actions over which a model of continuous ones is averaged. */
  seed: number;
  /** What an episode can return, for a bound that holds whatever the log has not seen. */
  range?: ReturnRange;
}

export interface OffPolicyEvaluation {
  episodes: number;
  steps: number;
  estimates: OffPolicyEstimate[];
  /** Of the weights of whole episodes: 1 where the log's probabilities are right and it has seen enough. */
  meanWeight: MeanEstimate;
  /** What the policy earns at least, in 95 % of logs; `undefined` where it is not told what episodes can return. */
  guaranteed: number | undefined;
  /** What makes the estimates doubtful, in words. */
  warnings: string[];
}

/** What a policy would have earned, from episodes that another has played: estimates of its discounted return. */
export function evaluateOffPolicy(policy: Policy, whole: EpisodeLog, options: OffPolicyOptions): OffPolicyEvaluation {
  const { gamma, clip, folds, deterministic, seed } = options;
  const log = cutToHorizon(whole, options.horizon);
  const { logProbs, features } = policyOnLog(policy, log, deterministic, new Random(seed));
  const { starts, rewards } = log;
  const logRatios = logProbs.map((logProb, t) => logProb - log.logProbs[t]);
  const weighed = { starts, rewards, logRatios, gamma };
  const logWeights = finalLogWeights(weighed);
  const estimates = estimateAll(weighed, crossFittedQ(weighed, features, folds), clip);
  const meanWeight = bootstrapMean(logWeights.map(Math.exp));
  return {
    episodes: starts.length - 1,
    steps: rewards.length,
    estimates,
    meanWeight,
    guaranteed: options.range && guaranteedReturn(weighed, options.range, clip),
    warnings: [
      ...weightWarnings(logWeights, estimates, meanWeight),
      ...endWarnings(log),
      ...boundWarnings(policy, log),
    ],
  };
}

/** Fewer effective episodes than these, or this share of them, are told as too few. */
const fewEpisodes = 10;
const smallShare = 0.05;
/** By how much single precision may move the weights of a policy's own log. */
const rounding = 1e-3;
/** Episodes from which on resampling them tells of their spread. */
const enoughToResample = 20;

function weightWarnings(
  logWeights: Float64Array,
  estimates: readonly OffPolicyEstimate[],
  mean: MeanEstimate,
): string[] {
  const n = logWeights.length;
  const warnings: string[] = [];
  if (n < enoughToResample) {
    warnings.push(`There ${n === 1 ? 'is 1 episode' : `are ${n} episodes`} only: the intervals are too narrow.`);
  }
  const impossible = logWeights.filter((log) => log === -Infinity).length;
  if (impossible === n) {
    return [
      ...warnings,
      'In every episode the log does something that the policy never does: no weighted estimate means anything. The direct ' +
        'method is left, and rests on its model alone.',
    ];
  }
  const whole = effectiveEpisodes(logWeights);
  const byStep = estimates.find(({ id }) => id === 'pdis')!.effectiveEpisodes;
  const tooFew = (size: number) => size < fewEpisodes || size < smallShare * n;
  if (tooFew(whole)) {
    const also = tooFew(byStep)
      ? `, and step by step for ${tidy(byStep)}: do not trust the weighted estimates or their intervals`
      : ': do not trust (weighted) importance sampling or its interval';
    warnings.push(
      `The policy is far from the one that made the log: ${n} episodes count for ${tidy(whole)}${also}. More episodes, a ` +
        'shorter --horizon, a smaller --gamma or a policy nearer to that of the log helps.',
    );
  } else if (mean.low > 1 + rounding || mean.high < 1 - rounding) {
    warnings.push(
      `The weights average ${tidy(mean.mean)}, 95 % interval ${tidy(mean.low)} to ${tidy(mean.high)}, where 1 is expected. ` +
        'Either the probabilities in the log are not those with which its actions were taken, or the policy does things ' +
        'that the log never did.',
    );
  }
  return warnings;
}

function endWarnings({ starts, terminated, truncated }: EpisodeLog): string[] {
  const lengths = Array.from(terminated, (_, e) => starts[e + 1] - starts[e]);
  const open = lengths.filter((_, e) => !terminated[e] && !truncated[e]).length;
  const cut = lengths.filter((_, e) => !terminated[e]);
  const [shortest, longest] = [cut.reduce((a, b) => Math.min(a, b), Infinity), cut.reduce((a, b) => Math.max(a, b), 0)];
  const warnings: string[] = [];
  if (open > 0)
    warnings.push(`${open} of ${lengths.length} episodes break off unended; they count as truncated there.`);
  if (shortest < longest) {
    warnings.push(
      `Episodes were truncated at different steps, ${shortest} to ${longest}, and all estimates are of returns cut off like ` +
        `that. With --horizon ${shortest} they are of the first ${shortest} steps.`,
    );
  }
  return warnings;
}

/** Share of action numbers on a bound from which on they are taken to have been cut to it. */
const suspiciousShare = 0.02;

function boundWarnings({ actionSpace, distribution }: Policy, { actions }: EpisodeLog): string[] {
  if (actionSpace.type !== 'box' || distribution.actionSize !== distribution.environmentActionSize) return [];
  const { low, high, flatSize } = actionSpace as Box;
  const onBound = actions.filter((x, k) => x === low[k % flatSize] || x === high[k % flatSize]).length;
  const share = onBound / actions.length;
  if (share < suspiciousShare) return [];
  return [
    `${tidy(100 * share)} % of the action numbers lie exactly on a bound. If they were cut to it, log what the policy drew ` +
      'before that, whose density is known.',
  ];
}

const tidy = (value: number) => Number(value.toPrecision(3));
