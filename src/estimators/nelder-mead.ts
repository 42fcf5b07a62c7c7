/** Of the simplex, in each direction. */
const firstEdge = 0.15;

export interface Minimum {
  x: Float64Array;
  value: number;
  evaluations: number;
}

/**
 * Looks for a minimum inside the unit cube without derivatives, by a simplex that reflects, expands, contracts and shrinks.
 * Points outside are moved to the nearest one inside.
 *
 * @param objective may give Infinity where there is nothing to be had
 * @param tolerance the search ends when the values at the corners differ by less
 * @see Nelder and Mead (1965), A simplex method for function minimization, Computer Journal 7; the coefficients of n dimensions
 *   are those of Gao and Han (2012), Computational Optimization and Applications 51
 */
export function nelderMead(
  objective: (x: Float64Array) => number,
  start: ArrayLike<number>,
  mostEvaluations: number,
  tolerance = 1e-6,
): Minimum {
  const n = start.length;
  const expansion = 1 + 2 / Math.max(n, 2);
  const contraction = 0.75 - 1 / (2 * Math.max(n, 2));
  const shrinkage = 1 - 1 / Math.max(n, 2);
  let evaluations = 0;
  const evaluate = (x: Float64Array) => {
    evaluations++;
    const value = objective(x);
    return { x, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };

  const corners = [evaluate(inside(Float64Array.from(start)))];
  for (let i = 0; i < n; i++) {
    const x = Float64Array.from(corners[0].x);
    x[i] += x[i] + firstEdge <= 1 ? firstEdge : -firstEdge;
    corners.push(evaluate(inside(x)));
  }
  const sort = () => corners.sort((a, b) => a.value - b.value);
  sort();
  while (evaluations < mostEvaluations && !(corners[n].value - corners[0].value < tolerance)) {
    const worst = corners[n];
    const centre = new Float64Array(n);
    for (let c = 0; c < n; c++) for (let i = 0; i < n; i++) centre[i] += corners[c].x[i] / n;
    /** From the worst corner through the centre of the others: 1 as far beyond as it was before. */
    const along = (distance: number) => evaluate(inside(centre.map((at, i) => at + distance * (at - worst.x[i]))));

    const reflected = along(1);
    if (reflected.value < corners[0].value) {
      const expanded = along(expansion);
      corners[n] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < corners[n - 1].value) {
      corners[n] = reflected;
    } else {
      const contracted = along(reflected.value < worst.value ? contraction : -contraction);
      if (contracted.value < Math.min(reflected.value, worst.value)) corners[n] = contracted;
      else {
        for (let c = 1; c <= n; c++) {
          const { x } = corners[c];
          corners[c] = evaluate(x.map((at, i) => corners[0].x[i] + shrinkage * (at - corners[0].x[i])));
        }
      }
    }
    sort();
  }
  return { ...corners[0], evaluations };
}

function inside(x: Float64Array): Float64Array {
  return x.map((at) => Math.min(Math.max(at, 0), 1));
}
