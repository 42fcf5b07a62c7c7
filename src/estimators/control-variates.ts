import { solvePositive } from './cholesky.ts';

/**
 * Control variates for gradient estimates: from f, whose mean is wanted, is taken c h, whose mean is 0, so that the mean
 * stays and the variance falls by as much as the two have in common.
 *
 * Samples are rows of `size` numbers, one after another. Where h has a known mean other than 0 it is taken away first.
 */

/**
 * The one number c that makes the variance of f - c h, summed over components, least: c = E[f . h] / E[h . h], as
 * E[h] = 0 (Glasserman 2004, "Monte Carlo methods in financial engineering", section 4.1). 0 where h does not vary.
 *
 * @param weights of the samples; without them all count the same
 */
export function controlCoefficient(
  samples: Float64Array,
  controls: Float64Array,
  size: number,
  weights?: Float64Array,
): number {
  let product = 0;
  let square = 0;
  for (let at = 0; at < samples.length; at++) {
    const weight = weights ? weights[Math.floor(at / size)] : 1;
    product += weight * samples[at] * controls[at];
    square += weight * controls[at] ** 2;
  }
  return square === 0 ? 0 : product / square;
}

/** The same for each component on its own, c_i = E[f_i h_i] / E[h_i^2]: at most the variance of a common one. */
export function controlCoefficients(
  samples: Float64Array,
  controls: Float64Array,
  size: number,
  weights?: Float64Array,
): Float64Array {
  const products = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let at = 0; at < samples.length; at++) {
    const weight = weights ? weights[Math.floor(at / size)] : 1;
    products[at % size] += weight * samples[at] * controls[at];
    squares[at % size] += weight * controls[at] ** 2;
  }
  return products.map((product, i) => (squares[i] === 0 ? 0 : product / squares[i]));
}

/**
 * f - c h of every sample, with c as `controlCoefficients` finds it from the other samples alone: independent of the
 * sample it is used on, it leaves the mean exactly as it is, which a coefficient from all samples does not.
 */
export function controlledByOthers(samples: Float64Array, controls: Float64Array, size: number): Float64Array {
  const products = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let at = 0; at < samples.length; at++) {
    products[at % size] += samples[at] * controls[at];
    squares[at % size] += controls[at] ** 2;
  }
  return samples.map((value, at) => {
    const control = controls[at];
    const product = products[at % size] - value * control;
    const square = squares[at % size] - control ** 2;
    return square > 0 ? value - (product / square) * control : value;
  });
}

/** Steps of episodes, from which what actions are worth is told by how their probabilities depend on parameters. */
export interface CompatibleBatch {
  /** Episode e is the steps from `starts[e]` to `starts[e + 1]`. */
  readonly starts: Int32Array;
  /** psi_t = d log pi(a_t|s_t) / d outputs, steps x outputSize. */
  readonly scores: Float64Array;
  readonly outputSize: number;
  /** x_t = x(s_t), steps x featureSize. */
  readonly features: Float64Array;
  readonly featureSize: number;
  /** What is to be explained: a return, less a baseline. */
  readonly targets: Float64Array;
  /** Of the steps, for importance. */
  readonly weights: Float64Array;
}

/** What an action is worth beyond others: psi(s, a) . slopes(s). */
export interface CompatibleAdvantages {
  /** psi_t . slopes_t, whose mean over the actions of a state is 0. */
  values: Float64Array;
  /** W x_t, steps x outputSize. The mean of psi values over the actions is F(s) slopes, F being Fisher's information. */
  slopes: Float64Array;
}

/**
 * Compatible function approximation (Sutton et al. 2000, theorem 2): advantages A(s, a) = psi(s, a) . W x(s), with W by
 * least squares, every step of the batch counting as its weight says.
 *
 * Where the outputs are linear in x, psi (x) x is the whole score d log pi / d theta, and the W of exact returns the natural
 * gradient F^-1 dJ/dtheta (Kakade 2001; Peters and Schaal 2008, "Natural actor-critic", section 3).
 *
 * @param ridge added to the diagonal, as a share of its mean: outputs can be redundant, as logits are
 * @returns W, outputSize x featureSize
 */
export function compatibleWeights(batch: CompatibleBatch, ridge: number): Float64Array {
  return solveSum([leastSquares(batch, 0, 1)], batch.outputSize * batch.featureSize, ridge);
}

/**
 * The same as a control variate: each episode's advantages with W from others, episodes being dealt into `folds`, so that
 * score . (G - A) + F slopes has the mean of score . G whatever W is and however the outputs depend on x.
 */
export function compatibleOfOthers(batch: CompatibleBatch, folds: number, ridge: number): CompatibleAdvantages {
  const { starts, scores, outputSize, features, featureSize, targets } = batch;
  const systems = Array.from({ length: folds }, (_, fold) => leastSquares(batch, fold, folds));
  const values = new Float64Array(targets.length);
  const slopes = new Float64Array(scores.length);
  for (let fold = 0; fold < folds; fold++) {
    const others = systems.filter((_, i) => i !== fold);
    const w = solveSum(others, outputSize * featureSize, ridge);
    for (let e = fold; e + 1 < starts.length; e += folds) {
      for (let t = starts[e]; t < starts[e + 1]; t++) {
        for (let k = 0; k < outputSize; k++) {
          let slope = 0;
          for (let j = 0; j < featureSize; j++) slope += w[k * featureSize + j] * features[t * featureSize + j];
          slopes[t * outputSize + k] = slope;
          values[t] += scores[t * outputSize + k] * slope;
        }
      }
    }
  }
  return { values, slopes };
}

/** The normal equations of a linear regression. */
interface NormalEquations {
  /** Lower triangle only. */
  matrix: Float64Array;
  right: Float64Array;
}

/** Of the targets on psi (x) x, over the episodes of a fold. */
function leastSquares(batch: CompatibleBatch, fold: number, folds: number): NormalEquations {
  const { starts, scores, outputSize, features, featureSize, targets, weights } = batch;
  const size = outputSize * featureSize;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const row = new Float64Array(size);
  for (let e = fold; e + 1 < starts.length; e += folds) {
    for (let t = starts[e]; t < starts[e + 1]; t++) {
      for (let i = 0; i < size; i++) {
        const score = scores[t * outputSize + Math.floor(i / featureSize)];
        row[i] = score * features[t * featureSize + (i % featureSize)];
      }
      for (let i = 0; i < size; i++) {
        const weighted = weights[t] * row[i];
        if (weighted === 0) continue;
        for (let j = 0; j <= i; j++) matrix[i * size + j] += weighted * row[j];
        right[i] += weighted * targets[t];
      }
    }
  }
  return { matrix, right };
}

function solveSum(systems: readonly NormalEquations[], size: number, ridge: number): Float64Array {
  const matrix = new Float64Array(size * size);
  const w = new Float64Array(size);
  for (const system of systems) {
    for (let k = 0; k < matrix.length; k++) matrix[k] += system.matrix[k];
    for (let i = 0; i < size; i++) w[i] += system.right[i];
  }
  let trace = 0;
  for (let i = 0; i < size; i++) trace += matrix[i * size + i];
  // Nothing known: no advantages.
  if (!(trace > 0)) return w.fill(0);
  for (let i = 0; i < size; i++) matrix[i * size + i] += (ridge * trace) / size;
  solvePositive(matrix, w, size);
  return w;
}

/**
 * A baseline that knows the action, for Gaussian actions: a model of the return about their mean,
 *
 *     h(a) = sum_i slope_i (a_i - mean_i) + curvature_i ((a_i - mean_i)^2 - std_i^2) / 2
 *
 * which is 0 on average, so that the score function of what it does not explain and `taylorCorrection`, the pathwise
 * gradient of the model, add up to the gradient (Gu et al. 2017, "Q-Prop", equations 4 to 8, there to first order).
 */
export function taylorControl(
  action: ArrayLike<number>,
  mean: ArrayLike<number>,
  std: ArrayLike<number>,
  slope: ArrayLike<number>,
  curvature: ArrayLike<number>,
): number {
  let value = 0;
  for (let i = 0; i < action.length; i++) {
    const off = action[i] - mean[i];
    value += slope[i] * off + 0.5 * curvature[i] * (off * off - std[i] * std[i]);
  }
  return value;
}

/** E[h(a) d log p(a)] with respect to means and log standard deviations: slope_i and curvature_i std_i^2. */
export function taylorCorrection(
  std: ArrayLike<number>,
  slope: ArrayLike<number>,
  curvature: ArrayLike<number>,
  dMean: Float64Array,
  dLogStd: Float64Array,
): void {
  for (let i = 0; i < dMean.length; i++) {
    dMean[i] = slope[i];
    dLogStd[i] = curvature[i] * std[i] * std[i];
  }
}
