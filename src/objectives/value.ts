/** Squared error of one value estimate: (value - target)^2. */
export function valueLoss(value: number, target: number): number {
  return (value - target) ** 2;
}

/** dLoss / dValue. */
export function valueGradient(value: number, target: number): number {
  return 2 * (value - target);
}

/**
 * The value, moved from the estimate of the collecting network by no more than `clipRange`. The loss is then taken of
 * this value alone, without the maximum over both that some implementations add.
 */
export function clippedValue(value: number, oldValue: number, clipRange: number): number {
  return oldValue + Math.min(Math.max(value - oldValue, -clipRange), clipRange);
}

/** dLoss / dValue of `valueLoss(clippedValue(value, oldValue, clipRange), target)`. */
export function clippedValueGradient(value: number, oldValue: number, target: number, clipRange: number): number {
  return Math.abs(value - oldValue) > clipRange ? 0 : valueGradient(value, target);
}
