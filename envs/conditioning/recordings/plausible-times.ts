import { UserError } from '../../../src/core/errors.ts';

/** s: eleven and a half days, or milliseconds of a quarter of an hour. No session lasts so long. */
const implausibleSpan = 1e6;

/**
 * @param times s, ascending
 * @param where file and place in it, for messages
 * @throws UserError when they span more than a session can
 */
export function refuseMilliseconds(times: ArrayLike<number>, where: string): void {
  const span = times.length === 0 ? 0 : times[times.length - 1] - times[0];
  if (span < implausibleSpan) return;
  throw new UserError(
    `${where}: the times run from ${times[0]} to ${times[times.length - 1]}, which in seconds would be ` +
      `${(span / 86400).toFixed(1)} days. Are they in milliseconds? Divide them by 1000. A longer recording is read in parts.`,
  );
}
