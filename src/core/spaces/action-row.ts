import { UserError } from '../errors.ts';
import type { Box } from './box.ts';
import type { Discrete } from './discrete.ts';
import type { MultiBinary } from './multi-binary.ts';
import type { MultiDiscrete } from './multi-discrete.ts';
import type { Space } from './space.ts';

/** Spaces an agent can act in. */
export type ActionSpace = Box | Discrete | MultiDiscrete | MultiBinary;

function asActionSpace(space: Space): ActionSpace {
  switch (space.type) {
    case 'box':
    case 'discrete':
    case 'multi-discrete':
    case 'multi-binary':
      return space as ActionSpace;
    default:
      throw new UserError(
        `Actions come from a Box, Discrete, MultiDiscrete or MultiBinary space; got ${space}. ` +
          'Join the parts into one of those in the environment.',
      );
  }
}

/**
 * Decisions in an action row: the size of a Box, 1 for Discrete, the slots of MultiDiscrete, the bits of MultiBinary.
 *
 * @throws UserError for all others
 */
export function actionSizeOf(space: Space): number {
  const actions = asActionSpace(space);
  switch (actions.type) {
    case 'box':
      return actions.flatSize;
    case 'discrete':
      return 1;
    case 'multi-discrete':
      return actions.nvec.length;
    case 'multi-binary':
      return actions.n;
  }
}

/** Choices of each decision; none for a Box. */
export function choicesOf(space: Space): number[] {
  const actions = asActionSpace(space);
  switch (actions.type) {
    case 'box':
      return [];
    case 'discrete':
      return [actions.n];
    case 'multi-discrete':
      return Array.from(actions.nvec);
    case 'multi-binary':
      return new Array(actions.n).fill(2);
  }
}

/** Bytes in an action mask: one for each choice of each decision, none for a Box. */
export function maskSizeOf(space: Space): number {
  return choicesOf(space).reduce((sum, choices) => sum + choices, 0);
}

/** The action a row from `at` on means: numbers of a Box, and choices as indices counted from 0. */
export function actionFromRow(space: Space, row: Float32Array, at = 0): unknown {
  const actions = asActionSpace(space);
  switch (actions.type) {
    case 'box':
    case 'multi-binary':
      return actions.unflatten(row, at);
    case 'discrete':
      return actions.start + row[at];
    case 'multi-discrete':
      return actions.start.map((start, i) => start + row[at + i]);
  }
}

/** Writes an action into a row from `at` on, the inverse of `actionFromRow`. */
export function actionToRow(space: Space, action: unknown, row: Float32Array, at = 0): void {
  const actions = asActionSpace(space);
  switch (actions.type) {
    case 'box':
    case 'multi-binary':
      actions.flatten(action as never, row, at);
      return;
    case 'discrete':
      row[at] = (action as number) - actions.start;
      return;
    case 'multi-discrete':
      for (let i = 0; i < actions.nvec.length; i++) row[at + i] = (action as Int32Array)[i] - actions.start[i];
  }
}

/** The decisions of an action row as bounds: what each of its numbers may be, and whether it must be whole. */
export interface ActionLimits {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly whole: boolean;
}

export function actionLimitsOf(space: Space): ActionLimits {
  const actions = asActionSpace(space);
  if (actions.type === 'box') {
    return { low: Float64Array.from(actions.low), high: Float64Array.from(actions.high), whole: false };
  }
  const choices = choicesOf(actions);
  return { low: new Float64Array(choices.length), high: Float64Array.from(choices, (n) => n - 1), whole: true };
}
