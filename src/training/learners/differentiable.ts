import { type PathwiseConfig, type PathwiseMetrics, pathwiseUpdate } from '../../algorithms/pathwise.ts';
import type { Tape } from '../../algorithms/rollout.ts';
import { UserError } from '../../core/errors.ts';
import { Random, type RandomState } from '../../core/random.ts';
import type { BatchDerivative } from '../../core/vector-env.ts';
import { isReparameterised, type Reparameterised } from '../../policy/distributions/reparameterised.ts';
import { Policy } from '../../policy/policy.ts';
import { Collector, type CollectorState } from '../collector.ts';
import type { Learner, LearnerOptions } from '../learner.ts';

interface StoredState {
  collector: CollectorState;
  actionRandom: RandomState;
}

const metricNames = [
  'windowReturn',
  'valueLoss',
  'entropy',
  'explainedVariance',
  'gradientNorm',
  'learningRate',
  'entropyCoefficient',
] as const satisfies readonly (keyof PathwiseMetrics)[];

/**
 * Acts for a window of steps and learns by differentiating through them.
 *
 * @throws UserError where environments or actions cannot be differentiated
 */
export async function differentiableLearner(options: LearnerOptions, config: PathwiseConfig): Promise<Learner> {
  const { seed, engine } = options;
  const [weightRandom, actionRandom] = new Random(seed).spawn(2);
  const envs = await options.openEnvs();
  const { differentiable } = envs;
  if (differentiable === undefined) {
    throw new UserError(
      'The pathwise gradient runs through the environment, and the steps of this one cannot be differentiated: expected ' +
        "one with a 'derivative', such as upslope/LQR-v0, upslope/PlanarReach-v0 or upslope/Portfolio-v0, without " +
        'shaping. Other algorithms need none: try ppo.',
    );
  }
  if (options.policy.normaliseRewards) {
    throw new UserError(
      'policy.normaliseRewards changes the rewards that the pathwise gradient differentiates: leave it out.',
    );
  }
  const policy = new Policy(engine, {
    config: options.policy,
    observationSpace: envs.observationSpace,
    actionSpace: envs.actionSpace,
    maxRows: Math.max(envs.numEnvs, options.maxRows, engine.preferredChunkRows),
    random: weightRandom,
  });
  const { distribution } = policy;
  if (!isReparameterised(distribution)) {
    policy.model.dispose();
    throw new UserError(
      'The pathwise gradient needs actions that move smoothly with the policy, as those of a gaussian, a ' +
        'squashed-gaussian or a softmax-gaussian do; ' +
        `those of ${envs.actionSpace} under policy.distribution '${options.policy.distribution}' do not.`,
    );
  }
  const { rolloutSteps: steps, gamma } = config;
  const tape = createTape(differentiable, distribution, steps * envs.numEnvs);
  const collector = new Collector(envs, policy, { steps, gamma, random: actionRandom, keepTails: true, tape });
  return {
    policy,
    metricNames,
    episodes: collector.episodes,
    signalNames: envs.signalNames,
    signalMeans: collector.signalMeans,
    get savesEnvironments() {
      return envs.getState().complete;
    },
    start: async () => {
      await envs.reset({ seed });
    },
    async learn(progress) {
      const rollout = await collector.collect();
      return { steps: rollout.size, metrics: { ...pathwiseUpdate(policy, rollout, tape, config, progress) } };
    },
    getState() {
      const json: StoredState = { collector: collector.getState(), actionRandom: actionRandom.getState() };
      return { json, tensors: {} };
    },
    async setState({ json }) {
      const stored = json as StoredState;
      await collector.setState(stored.collector);
      actionRandom.setState(stored.actionRandom);
    },
    close: async () => policy.model.dispose(),
  };
}

/** Room for a rollout of `size` steps. */
export function createTape(
  { derivatives }: BatchDerivative,
  { noiseSize, environmentActionSize }: Reparameterised,
  size: number,
): Tape {
  const [{ stateSize }] = derivatives;
  return {
    derivatives,
    states: new Float64Array(size * stateSize),
    noises: new Float32Array(size * noiseSize),
    actions: new Float32Array(size * environmentActionSize),
    tailStates: new Float64Array(size * stateSize),
  };
}
