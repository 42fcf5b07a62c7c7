import { register } from '../../src/core/registry.ts';
import type { Domain } from '../domain.ts';
import { RecallCue, type RecallCueOptions } from './recall-cue.ts';
import { recallDomain } from './recall-domain.ts';

register({
  id: 'upslope/RecallCue-v0',
  create: (options: RecallCueOptions) => new RecallCue(options),
  rewardThreshold: 0.95,
  description: 'Remember a symbol through a delay in which others distract, then name it.',
});

/** By id of the environment. */
export const memoryDomains: ReadonlyMap<string, Domain> = new Map([['upslope/RecallCue-v0', recallDomain]]);

export { RecallCue, type RecallCueOptions } from './recall-cue.ts';
