import { UserError } from '../../../src/core/errors.ts';
import type { SearchSpace, SlotFeatures } from './search.ts';

/** @throws UserError unless every slot has options, and features, where there are any, fit them */
export function checkSpace({ slotSizes, features }: SearchSpace): void {
  if (slotSizes.length === 0 || !slotSizes.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new UserError(
      `A search space has at least one slot, and each slot at least one option; got slots of [${slotSizes.join(', ')}] ` +
        'options. Leave out slots with nothing to choose from.',
    );
  }
  if (features === undefined) return;
  if (features.length !== slotSizes.length) {
    throw new UserError(
      `Features are given for each of the ${slotSizes.length} slots or for none; got ${features.length}. ` +
        'Give a slot that has none a width of 0.',
    );
  }
  features.forEach(({ width, values }, slot) => {
    if (values.length !== slotSizes[slot] * width) {
      throw new UserError(
        `Features of slot ${slot} should be ${slotSizes[slot]} options x ${width} values; got ${values.length} values. ` +
          'Give each option one row.',
      );
    }
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new UserError(
        `Features should be finite numbers; option ${Math.floor(wrong / width)} of slot ${slot} has a ${values[wrong]}. ` +
          'Leave out the option or fill in the value.',
      );
    }
  });
}

/** @throws UserError when the space has none */
export function featuresOf({ features }: SearchSpace, policy: string): readonly SlotFeatures[] {
  if (features !== undefined) return features;
  throw new UserError(
    `The policy '${policy}' learns over features of the options, and this space has none. Give some, or choose a policy ` +
      "that needs none, such as 'thompson'.",
  );
}

/** @throws UserError unless it names one option of each slot */
export function checkChoice(choice: ArrayLike<number>, slotSizes: readonly number[]): void {
  const fits =
    choice.length === slotSizes.length &&
    slotSizes.every((size, slot) => Number.isInteger(choice[slot]) && choice[slot] >= 0 && choice[slot] < size);
  if (fits) return;
  throw new UserError(
    `A choice names one option of each slot, from 0 up to below [${slotSizes.join(', ')}]; got ` +
      `[${Array.from(choice).join(', ')}].`,
  );
}
