import { type EventTable, reward } from '../events.ts';
import type { HiddenTask } from '../models/belief-state.ts';

/**
 * The task as its events tell it, for an animal that has learned it well: of each cue how often a reward follows before the
 * next cue, after what delays, and how often it comes in the bins between trials.
 *
 * @param seconds length of the session
 * @param memory s after which a reward is not put down to the cue
 */
export function hiddenTaskOf(events: EventTable, binSeconds: number, seconds: number, memory: number): HiddenTask {
  const cues = new Map<string, { count: number; delays: Map<number, number> }>();
  let within = 0;
  events.forEach(({ event, time }, index) => {
    if (event === reward) return;
    const seen = cues.get(event) ?? { count: 0, delays: new Map() };
    cues.set(event, seen);
    seen.count++;
    const next = events[index + 1];
    if (next?.event !== reward || next.time - time > memory) return;
    const delay = Math.max(1, Math.round((next.time - time) / binSeconds));
    seen.delays.set(delay, (seen.delays.get(delay) ?? 0) + 1);
    within += delay;
  });
  const between = Math.max(1, seconds / binSeconds - within);
  return {
    cues: [...cues].map(([name, { count, delays }]) => {
      const rewarded = [...delays.values()].reduce((sum, n) => sum + n, 0);
      return {
        name,
        delays: [...delays].map(([bins, n]) => ({ seconds: bins * binSeconds, probability: n / rewarded })),
        rewardProbability: rewarded / count,
        hazard: Math.min(count / between, 1 / cues.size),
      };
    }),
  };
}
