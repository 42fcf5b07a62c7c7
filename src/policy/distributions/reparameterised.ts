import type { Distribution } from './distribution.ts';

/**
 * A distribution whose action is a smooth function of its parameters and of noise that knows nothing of them
 * (Kingma and Welling 2014): what an action does can then be differentiated with respect to the parameters along its path.
 */
export interface Reparameterised extends Distribution {
  /** Standard normal numbers behind one action. */
  readonly noiseSize: number;
  /** Writes action = f(parameters, noise), sets `logProb` to that of this action, keeps what `backwardPath` needs. */
  transform(
    parameters: Float32Array,
    at: number,
    noise: Float32Array,
    noiseAt: number,
    action: Float32Array,
    actionAt: number,
  ): void;
  /**
   * Writes dLoss/dParameters of the row last transformed, given dLoss/dAction (of the action the environment gets) and
   * dLoss/dLogProb, both through f: the noise stands still. Adds to the gradient of free parameters.
   */
  backwardPath(dAction: Float32Array, dActionAt: number, dLogProb: number, gradients: Float32Array, at: number): void;
}

export function isReparameterised(distribution: Distribution): distribution is Reparameterised {
  return 'transform' in distribution;
}
