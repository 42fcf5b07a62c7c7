import type { Distribution } from './distribution.ts';

/** A distribution that knows Fisher's information about its parameters, F = E[psi psi^T] with psi = d log p / d parameters. */
export interface KnownInformation extends Distribution {
  /**
   * Writes F v for the row last evaluated. Free parameters, whose scores are uncorrelated with those of the row, do not
   * count.
   *
   * @param v, product parameterSize numbers each; may be the same
   */
  information(v: Float64Array, product: Float64Array): void;
}

export function knowsInformation(distribution: Distribution): distribution is KnownInformation {
  return 'information' in distribution;
}
