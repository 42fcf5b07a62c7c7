import { UserError } from '../../core/errors.ts';
import type { Box } from '../../core/spaces/box.ts';
import type { Discrete } from '../../core/spaces/discrete.ts';
import type { MultiBinary } from '../../core/spaces/multi-binary.ts';
import type { MultiDiscrete } from '../../core/spaces/multi-discrete.ts';
import type { Space } from '../../core/spaces/space.ts';
import type { ParameterVector } from '../../engine/engine.ts';
import { Categorical } from './categorical.ts';
import { Dirichlet } from './dirichlet.ts';
import type { Distribution } from './distribution.ts';
import { Gaussian, type LogStdSource } from './gaussian.ts';
import { SoftmaxGaussian } from './softmax-gaussian.ts';
import { SquashedGaussian } from './squashed-gaussian.ts';
import { StateDependentNoise } from './state-dependent-noise.ts';

export type { Distribution } from './distribution.ts';

export const distributionNames = [
  'auto',
  'categorical',
  'gaussian',
  'squashed-gaussian',
  'dirichlet',
  'softmax-gaussian',
] as const;

/** `auto` is categorical for discrete action spaces and Gaussian for a Box; all others must be named. */
export type DistributionName = (typeof distributionNames)[number];

/** Number of choices in each slot of a discrete action space; `undefined` for a Box. */
export function choicesOf(space: Space): readonly number[] | undefined {
  switch (space.type) {
    case 'discrete':
      return [(space as Discrete).n];
    case 'multi-discrete':
      return Array.from((space as MultiDiscrete).nvec);
    case 'multi-binary':
      return new Array<number>((space as MultiBinary).flatSize).fill(2);
    default:
      return undefined;
  }
}

/** How many network outputs and free log standard deviations a distribution over this space takes. */
export function distributionShape(
  name: DistributionName,
  space: Space,
  stateDependentStd: boolean,
): { parameterSize: number; logStdSize: number } {
  const choices = choicesOf(space);
  if (choices !== undefined) return { parameterSize: choices.reduce((sum, n) => sum + n, 0), logStdSize: 0 };
  if (name === 'dirichlet') return { parameterSize: space.flatSize, logStdSize: 0 };
  if (name === 'squashed-gaussian') return { parameterSize: 2 * space.flatSize, logStdSize: 0 };
  const components = name === 'softmax-gaussian' ? space.flatSize - 1 : space.flatSize;
  return stateDependentStd
    ? { parameterSize: 2 * components, logStdSize: 0 }
    : { parameterSize: components, logStdSize: components };
}

/** The distribution over an action space. Throws a UserError where the two do not fit. */
export function createDistribution(name: DistributionName, space: Space, logStd: LogStdSource): Distribution {
  const choices = choicesOf(space);
  if (choices !== undefined && (name === 'auto' || name === 'categorical')) return new Categorical(choices);
  if (space.type === 'box') {
    const { low, high, flatSize } = space as Box;
    if (name === 'auto' || name === 'gaussian') return new Gaussian(low, high, logStd);
    if (name === 'squashed-gaussian') return new SquashedGaussian(...finiteBounds(space as Box));
    if (name === 'dirichlet') return new Dirichlet(flatSize);
    if (name === 'softmax-gaussian') return new SoftmaxGaussian(flatSize, logStd);
  }
  throw new UserError(
    `The policy distribution '${name}' does not fit the action space ${space}. ` +
      "Expected 'categorical' for discrete spaces; 'gaussian', 'squashed-gaussian', 'dirichlet' or 'softmax-gaussian' " +
      "for a Box; or 'auto'.",
  );
}

/**
 * State-dependent noise around a Gaussian, plain or squashed. Throws a UserError where the action space or the distribution
 * has none.
 *
 * @param logSigma one for each feature and component
 */
export function createStateDependentNoise(
  name: DistributionName,
  space: Space,
  logSigma: ParameterVector,
): StateDependentNoise {
  const features = logSigma.values.length / space.flatSize;
  if (space.type === 'box' && (name === 'auto' || name === 'gaussian' || name === 'squashed-gaussian')) {
    const inner = createDistribution(name, space, 'network') as Gaussian | SquashedGaussian;
    return new StateDependentNoise(inner, features, logSigma);
  }
  throw new UserError(
    `State-dependent exploration is for the distributions 'gaussian' and 'squashed-gaussian' over a Box; got '${name}' ` +
      `over ${space}. Use independent exploration.`,
  );
}

function finiteBounds(space: Box): [ArrayLike<number>, ArrayLike<number>] {
  const { low, high } = space;
  if (![...low, ...high].every(Number.isFinite)) {
    throw new UserError(
      `The policy distribution 'squashed-gaussian' stretches from bound to bound, and ${space} lacks some. ` +
        "Give the environment's actions finite bounds, or use 'gaussian'.",
    );
  }
  return [low, high];
}
