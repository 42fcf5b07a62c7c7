import { availableParallelism } from 'node:os';
import { UserError } from '../../core/errors.ts';
import type { Learner } from '../learner.ts';

/** How many threads a run learns in, and what is to be said about that. */
export interface ThreadChoice {
  threads: number;
  note: string | undefined;
}

/** Milliseconds: code is compiled anew in every thread before it is fast. */
const WARM_UP = 700;
const MEASURE = 400;
/** Runs that one thread finishes within so many seconds are not worth starting others. */
const SHORT_RUN = 20;
/** More threads must be so much faster: less than that is noise, and the same choice the next time is worth more. */
const WORTHWHILE = 1.2;

/** @throws UserError where the number is no number of threads */
export function threadsWithin(asked: number, most: { threads: number; because: string }): ThreadChoice {
  if (!(Number.isInteger(asked) && asked >= 1)) {
    throw new UserError(`threads must be a whole number from 1, or 'auto'; got ${asked}.`);
  }
  if (asked <= most.threads) return { threads: asked, note: undefined };
  const number = most.threads === 1 ? 'One thread' : `${most.threads} threads`;
  return { threads: most.threads, note: `${number} in place of ${asked}: ${most.because}.` };
}

/**
 * Learns a little with one thread, two, four and as many as there are processors, and takes the fewest that are about as
 * fast as any.
 *
 * @param open a learner with so many threads, on new environments
 * @param useful threads beyond which there is nothing to share
 */
export async function chooseThreads(
  open: (threads: number) => Promise<Learner>,
  useful: number,
  totalSteps: number,
): Promise<ThreadChoice> {
  const most = Math.min(availableParallelism(), useful);
  if (most === 1) return { threads: 1, note: undefined };
  const single = await speedOf(await open(1));
  if (totalSteps / single < SHORT_RUN) return { threads: 1, note: 'One thread: the run is short.' };
  let best = { threads: 1, speed: single };
  const told = [`1: ${Math.round(single)}`];
  for (const threads of candidates(most)) {
    const speed = await speedOf(await open(threads));
    told.push(`${threads}: ${Math.round(speed)}`);
    if (speed > WORTHWHILE * best.speed) best = { threads, speed };
  }
  return { threads: best.threads, note: `Threads: ${best.threads}, by steps/s measured with ${told.join(', ')}.` };
}

/** 2, 4, 8, ... and the most. */
function candidates(most: number): number[] {
  const numbers: number[] = [];
  for (let threads = 2; threads < most; threads *= 2) numbers.push(threads);
  return [...numbers, most];
}

/** Steps a second, once warm. Closes the learner. */
async function speedOf(learner: Learner): Promise<number> {
  const learnFor = async (milliseconds: number): Promise<number> => {
    const start = performance.now();
    let steps = 0;
    do steps += (await learner.learn(0)).steps;
    while (performance.now() - start < milliseconds);
    return (1000 * steps) / (performance.now() - start);
  };
  try {
    await learner.start();
    await learnFor(WARM_UP);
    return await learnFor(MEASURE);
  } finally {
    await learner.close();
  }
}
