import { register } from '../../src/core/registry.ts';
import { RecallCue, type RecallCueOptions } from './recall-cue.ts';

register({
  id: 'upslope/RecallCue-v0',
  create: (options: RecallCueOptions) => new RecallCue(options),
  rewardThreshold: 0.95,
  description: 'Remember a symbol through a delay in which others distract, then name it.',
});

export { RecallCue, type RecallCueOptions } from './recall-cue.ts';
