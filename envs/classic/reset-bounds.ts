import { UserError } from '../../src/core/errors.ts';

/** Between which numbers the first state of an episode is drawn. */
export interface ResetBounds {
  low?: number;
  high?: number;
}

/** @throws UserError when a bound is no finite number or they are in the wrong order */
export function resetBoundsOf({ low, high }: ResetBounds, defaultLow: number, defaultHigh: number): [number, number] {
  const bounds: [number, number] = [low ?? defaultLow, high ?? defaultHigh];
  if (!bounds.every(Number.isFinite) || bounds[0] > bounds[1]) {
    throw new UserError(
      `The first state is drawn between 'low' and 'high', numbers with low <= high; got ${bounds.join(', ')}.`,
    );
  }
  return bounds;
}

/** @throws UserError when the value is no finite number */
export function numberOption(name: string, value: number | undefined, otherwise: number): number {
  const number = value ?? otherwise;
  if (!Number.isFinite(number)) throw new UserError(`The option '${name}' is a finite number; got ${String(value)}.`);
  return number;
}
