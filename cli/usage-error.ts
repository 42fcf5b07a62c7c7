import { InvalidArgumentError } from 'commander';
import { UserError } from '../src/core/errors.ts';

/** The command was called in a way it cannot follow: exit code 2 rather than 1. */
export class UsageError extends UserError {
  override name = 'UsageError';
}

/** As `asUsage`, of what reads files on its way. */
export async function asUsageAsync<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw usageErrorOf(error);
  }
}

/** Does what reads the user's wishes; what is wrong with them is a matter of usage. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw usageErrorOf(error);
  }
}

/** A user's error as one of usage; any other as it is. */
export function usageErrorOf(error: unknown): unknown {
  return error instanceof UserError ? new UsageError(error.message, { cause: error }) : error;
}

/** Reads the whole number of an option such as `--steps 1e5`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  };
}

/** Reads the number above zero of an option such as `--bin 0.2`. */
export function positiveNumber(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** Gathers the values of an option that may be given more than once. */
export function collected(value: string, before: string[] = []): string[] {
  return [...before, value];
}
