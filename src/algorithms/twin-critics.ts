import type { Random } from '../core/random.ts';
import type { Activation, Engine, Model, Network, Tensor } from '../engine/engine.ts';
import { prefixed, withPrefix } from '../engine/named-tensors.ts';

export interface TwinCriticsOptions {
  observationSize: number;
  /** Bounds of an action, where the critics judge an action they are shown; without, they judge every choice there is. */
  action?: { low: ArrayLike<number>; high: ArrayLike<number> };
  /** Values they give a row: 1, or as many as there are choices. */
  outputs: number;
  hidden: readonly number[];
  activation: Activation;
  /** The most rows handled in one pass. */
  maxRows: number;
  random: Random;
}

/** What a checkpoint holds of the critics. */
export interface TwinCriticsState {
  optimiserStep: number;
  tensors: Record<string, Tensor>;
}

type Pair = readonly [Network, Network];

/**
 * Two estimates of the value of actions, learned from different beginnings, of which the lower is believed: the policy
 * looks for actions that are overestimated, and few are so by both (Fujimoto et al. 2018, "Addressing function
 * approximation error in actor-critic methods"). Each has a target network, which follows it slowly and from which the
 * next value is taken.
 */
export class TwinCritics {
  readonly model: Model;
  readonly critics: Pair;
  readonly targets: Pair;
  readonly #targetModel: Model;
  readonly #observationSize: number;
  /** Actions reach the networks as (action - centre) / halfRange, from -1 to 1 between finite bounds. */
  readonly #centres: Float64Array;
  readonly #halfRanges: Float64Array;

  constructor(engine: Engine, options: TwinCriticsOptions) {
    const { observationSize, action = { low: [], high: [] }, outputs, hidden, activation, maxRows, random } = options;
    const { low, high } = action;
    const bounded = (i: number): boolean => Number.isFinite(low[i]) && Number.isFinite(high[i]);
    this.#observationSize = observationSize;
    this.#centres = Float64Array.from(low, (_, i) => (bounded(i) ? 0.5 * (low[i] + high[i]) : 0));
    this.#halfRanges = Float64Array.from(low, (_, i) => (bounded(i) ? 0.5 * (high[i] - low[i]) : 1));

    const spec = { sizes: [observationSize + low.length, ...hidden, outputs], activation, outputGain: 1 };
    const networks = { first: spec, second: spec };
    this.model = engine.createModel({ networks, maxRows }, random);
    this.#targetModel = engine.createModel({ networks, maxRows }, random);
    this.#targetModel.setTensors(this.model.getTensors());
    this.critics = pairOf(this.model);
    this.targets = pairOf(this.#targetModel);
  }

  /** Puts normalised row `from` of `observations`, and of `actions` where there are any, into row `row` of both. */
  loadRow([first, second]: Pair, row: number, observations: Float32Array, actions: Float32Array, from: number): void {
    const size = this.#observationSize;
    const at = row * first.inputStride;
    for (let i = 0; i < size; i++) {
      const value = observations[from * size + i];
      first.inputs[at + i] = value;
      second.inputs[at + i] = value;
    }
    const actionSize = this.#centres.length;
    for (let i = 0; i < actionSize; i++) {
      const value = (actions[from * actionSize + i] - this.#centres[i]) / this.#halfRanges[i];
      first.inputs[at + size + i] = value;
      second.inputs[at + size + i] = value;
    }
  }

  /** Writes dLoss/dAction of one row, in the environment's units, after both critics' `backward(rows, true)`. */
  actionGradient(row: number, dAction: Float32Array): void {
    const [first, second] = this.critics;
    const at = row * first.inputStride + this.#observationSize;
    for (let i = 0; i < this.#centres.length; i++) {
      dAction[i] = (first.inputGradients[at + i] + second.inputGradients[at + i]) / this.#halfRanges[i];
    }
  }

  /** Polyak averaging: target = (1 - tau) target + tau critic. */
  moveTargets(tau: number): void {
    this.#targetModel.approach(this.model, tau);
  }

  getState(): TwinCriticsState {
    const { step, firstMoments, secondMoments } = this.model.getOptimiserState();
    return {
      optimiserStep: step,
      tensors: {
        ...prefixed('parameters', this.model.getTensors()),
        ...prefixed('targets', this.#targetModel.getTensors()),
        ...prefixed('first-moments', firstMoments),
        ...prefixed('second-moments', secondMoments),
      },
    };
  }

  setState({ optimiserStep, tensors }: TwinCriticsState): void {
    this.model.setTensors(withPrefix('parameters', tensors));
    this.#targetModel.setTensors(withPrefix('targets', tensors));
    this.model.setOptimiserState({
      step: optimiserStep,
      firstMoments: withPrefix('first-moments', tensors),
      secondMoments: withPrefix('second-moments', tensors),
    });
  }

  dispose(): void {
    this.model.dispose();
    this.#targetModel.dispose();
  }
}

function pairOf({ networks }: Model): Pair {
  return [networks.first, networks.second];
}
