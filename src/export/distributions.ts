import { UserError } from '../core/errors.ts';
import type { Box } from '../core/spaces/box.ts';
import type { Discrete } from '../core/spaces/discrete.ts';
import type { MultiDiscrete } from '../core/spaces/multi-discrete.ts';
import type { Space } from '../core/spaces/space.ts';
import { LOG_STD_RANGE } from '../policy/distributions/gaussian.ts';
import { choicesOf } from '../policy/distributions/index.ts';
import { SQUASHED_LOG_STD_RANGE } from '../policy/distributions/squashed-gaussian.ts';
import { VARIANCE_FLOOR } from '../policy/distributions/state-dependent-noise.ts';
import type { PolicyConfig } from '../policy/policy.ts';
import type { GraphBuilder, NumberType, Value } from './graph.ts';
import type { NetworkValues, Weights } from './networks.ts';

/** A distribution's part of the graph. */
export interface DistributionValues {
  /** The deterministic action as the environment takes it: choices counted from where its space starts. */
  action: Value;
  actionColumns: number;
  actionType: NumberType;
  parameters: Value;
  parameterColumns: number;
  /** What stands in `parameters`, for people. */
  layout: string;
}

/** Stands for log 0 and stays a number: no softmax of it is NaN. */
const MASKED_LOGIT = -3.4028234663852886e38;

/** Largest whole number of the actions' type. */
const LARGEST_CHOICE = 2 ** 31 - 1;

/** What a policy's distribution makes of its actor's outputs. */
export function distributionValues(
  graph: GraphBuilder,
  weights: Weights,
  { config, actionSpace }: { config: PolicyConfig; actionSpace: Space },
  actor: NetworkValues,
): DistributionValues {
  if (choicesOf(actionSpace) !== undefined) return categorical(graph, actionSpace, actor.outputs);
  const { low, high, flatSize } = actionSpace as Box;
  switch (config.distribution) {
    case 'dirichlet':
      return dirichlet(graph, flatSize, actor.outputs);
    case 'softmax-gaussian': {
      const { mean, parameters } = gaussian(graph, weights, config, flatSize - 1, LOG_STD_RANGE, actor);
      // The first part's logit is fixed at 0.
      const logits = graph.apply({ op: 'pad', before: [0, 1] }, mean);
      return {
        action: graph.apply({ op: 'softmax' }, logits),
        actionColumns: flatSize,
        actionType: 'float32',
        parameters,
        parameterColumns: 2 * (flatSize - 1),
        layout: 'means of the logits of all parts but the first, whose logit is 0, then their log standard deviations',
      };
    }
    case 'squashed-gaussian': {
      const { mean, parameters } = gaussian(graph, weights, config, flatSize, SQUASHED_LOG_STD_RANGE, actor);
      const centre = graph.constant(
        'action.centre',
        Float64Array.from(low, (x, i) => 0.5 * (x + high[i])),
      );
      const halfRange = graph.constant(
        'action.halfRange',
        Float64Array.from(low, (x, i) => 0.5 * (high[i] - x)),
      );
      const stretched = graph.apply({ op: 'multiply' }, graph.apply({ op: 'tanh' }, mean), halfRange);
      return {
        action: clipped(graph, graph.apply({ op: 'add' }, stretched, centre), low, high),
        actionColumns: flatSize,
        actionType: 'float32',
        parameters,
        parameterColumns: 2 * flatSize,
        layout: 'means, then log standard deviations, of the normal components that tanh squashes',
      };
    }
    case 'auto':
    case 'gaussian': {
      const { mean, parameters } = gaussian(graph, weights, config, flatSize, LOG_STD_RANGE, actor);
      return {
        action: clipped(graph, mean, low, high),
        actionColumns: flatSize,
        actionType: 'float32',
        parameters,
        parameterColumns: 2 * flatSize,
        layout: 'means, then log standard deviations',
      };
    }
    default:
      throw new UserError(`The distribution '${config.distribution}' over ${actionSpace} cannot be exported.`);
  }
}

function categorical(graph: GraphBuilder, space: Space, outputs: Value): DistributionValues {
  const choices = choicesOf(space)!;
  const total = choices.reduce((sum, n) => sum + n, 0);
  const mask = graph.input({
    name: 'mask',
    columns: total,
    type: 'float32',
    fallback: new Float32Array(total).fill(1),
    meaning: 'optional: 1 for each choice that is allowed and 0 for others, slot after slot',
  });
  const allowed = graph.apply({ op: 'greater' }, mask, graph.constant('mask.none', [0]));
  const logits = graph.apply({ op: 'where' }, allowed, outputs, graph.constant('mask.logit', [MASKED_LOGIT]));
  const starts = startsOf(space, choices);
  const chosen = choiceOfEachSlot(graph, logits, choices);
  return {
    action: starts.some((start) => start !== 0)
      ? graph.apply({ op: 'add' }, chosen, graph.constant('action.start', starts))
      : chosen,
    actionColumns: choices.length,
    actionType: 'int32',
    parameters: logits,
    parameterColumns: total,
    layout: 'unnormalised log-probabilities of the choices, slot after slot',
  };
}

/** The likeliest choice of each slot, counted from 0. */
function choiceOfEachSlot(graph: GraphBuilder, logits: Value, choices: readonly number[]): Value {
  if (choices.every((n) => n === choices[0])) {
    const bySlot = graph.apply({ op: 'reshape', shape: [-1, choices.length, choices[0]] }, logits);
    return graph.apply({ op: 'argmax' }, bySlot);
  }
  let from = 0;
  const slots = choices.map((n) => {
    const best = graph.apply({ op: 'argmax' }, graph.columns(logits, from, n));
    from += n;
    return graph.apply({ op: 'reshape', shape: [-1, 1] }, best);
  });
  return graph.apply({ op: 'concat', axis: 1 }, ...slots);
}

function startsOf(space: Space, choices: readonly number[]): Int32Array {
  const starts =
    space.type === 'discrete'
      ? [(space as Discrete).start]
      : space.type === 'multi-discrete'
        ? Array.from((space as MultiDiscrete).start)
        : choices.map(() => 0);
  if (starts.some((start, i) => start < -LARGEST_CHOICE || start + choices[i] > LARGEST_CHOICE)) {
    throw new UserError(
      `The actions of ${space} are larger than the whole numbers of 32 bits that exported policies give. ` +
        'Let the environment count its choices from a smaller number.',
    );
  }
  return Int32Array.from(starts);
}

/** The mean of concentrations 1 + softplus(output). */
function dirichlet(graph: GraphBuilder, parts: number, outputs: Value): DistributionValues {
  const one = graph.constant('concentration.least', [1]);
  const concentrations = graph.apply({ op: 'add' }, graph.apply({ op: 'softplus' }, outputs), one);
  const total = graph.apply({ op: 'sum', axis: 1, keepAxis: true }, concentrations);
  return {
    action: graph.apply({ op: 'divide' }, concentrations, total),
    actionColumns: parts,
    actionType: 'float32',
    parameters: concentrations,
    parameterColumns: parts,
    layout: 'concentrations',
  };
}

/** Means, and means and log standard deviations side by side, wherever the latter come from. */
function gaussian(
  graph: GraphBuilder,
  weights: Weights,
  config: PolicyConfig,
  size: number,
  range: { low: number; high: number },
  actor: NetworkValues,
): { mean: Value; parameters: Value } {
  const bounded = (logStd: Value) => {
    const low = graph.constant('logStd.low', [range.low]);
    const high = graph.constant('logStd.high', [range.high]);
    return graph.apply({ op: 'minimum' }, graph.apply({ op: 'maximum' }, logStd, low), high);
  };
  const beside = (mean: Value, logStd: Value) => ({
    mean,
    parameters: graph.apply({ op: 'concat', axis: 1 }, mean, logStd),
  });

  if (config.exploration === 'state-dependent') {
    // variance_i = sum_k phi_k^2 sigma_ki^2, of the noise as it is before it is drawn.
    const variances = graph.constant(
      'noise.variance',
      Float64Array.from(weights.logStd.data, (logSigma) => Math.exp(2 * logSigma)),
      [weights.logStd.data.length / size, size],
    );
    const squares = graph.apply({ op: 'multiply' }, actor.features, actor.features);
    const floor = graph.constant('noise.floor', [VARIANCE_FLOOR]);
    const variance = graph.apply({ op: 'add' }, graph.apply({ op: 'matmul' }, squares, variances), floor);
    const half = graph.constant('noise.half', [0.5]);
    const logStd = graph.apply({ op: 'multiply' }, graph.apply({ op: 'log' }, variance), half);
    return beside(actor.outputs, bounded(logStd));
  }
  if ('logStd' in weights) {
    const { outputs: mean } = actor;
    const logStd = graph.constant('logStd', weights.logStd.data);
    // As many rows of them as there are of means.
    const zeros = graph.apply({ op: 'multiply' }, mean, graph.constant('zero', [0]));
    return beside(mean, graph.apply({ op: 'add' }, zeros, logStd));
  }
  const mean = graph.columns(actor.outputs, 0, size);
  return beside(mean, bounded(graph.columns(actor.outputs, size, size)));
}

function clipped(graph: GraphBuilder, value: Value, low: ArrayLike<number>, high: ArrayLike<number>): Value {
  const bounds = [...Array.from(low), ...Array.from(high)];
  if (!bounds.some(Number.isFinite)) return value;
  const atLeast = graph.apply({ op: 'maximum' }, value, graph.constant('action.low', low));
  return graph.apply({ op: 'minimum' }, atLeast, graph.constant('action.high', high));
}
