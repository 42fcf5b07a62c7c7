/**
 * The derivative of one step of an environment, as vector-Jacobian products.
 *
 * It runs over the state the dynamics carries, not over the observation, which may show less: `backwardObservation`
 * leads from one to the other. Noise that a step draws stands still, so what the derivative needs of it belongs into the
 * recorded state. Rows are addressed as (array, offset); nothing allocates.
 */
export interface StepDerivative {
  /** Numbers in a recorded state. */
  readonly stateSize: number;
  /** Records the state as it is now, before a step. */
  writeState(state: Float64Array, at: number): void;
  /**
   * Given dLoss/dReward of a step and dLoss/dState of the state it led to, writes dLoss/dState of the state it was taken
   * in and dLoss/dAction.
   *
   * @param state as recorded before the step
   * @param action as the environment was given it
   * @param dNext zeros where the episode ended; may be `dState` itself
   */
  backwardStep(
    state: Float64Array,
    stateAt: number,
    action: Float32Array,
    actionAt: number,
    dReward: number,
    dNext: Float64Array,
    dNextAt: number,
    dState: Float64Array,
    dStateAt: number,
    dAction: Float32Array,
    dActionAt: number,
  ): void;
  /** Adds dLoss/dState of a state, given dLoss/dObservation of what it shows. */
  backwardObservation(
    state: Float64Array,
    stateAt: number,
    dObservation: Float32Array,
    dObservationAt: number,
    dState: Float64Array,
    dStateAt: number,
  ): void;
}
