import type { Command } from 'commander';
import type { SignalMap } from '../../envs/index.ts';
import { UsageError } from '../usage-error.ts';

export interface CompareOptions {
  recording?: string;
  synthetic?: string;
  recovery?: boolean;
  events?: string;
  channel?: string;
  variable?: string;
  rate?: number;
  rename?: string[];
  ignore?: string[];
  models: string;
  signal?: SignalMap['id'];
  bin: number;
  memory?: number;
  dff?: boolean;
  align?: string;
  baseline?: boolean;
  utility?: 'none' | 'hyperbolic';
  folds: number;
  starts?: number;
  seed: number;
  trials: number;
  datasets: number;
  keep?: string;
  neurons?: number;
  report?: string;
  json?: boolean;
}

/** What models are held against: one recording, one that is made up, or many. */
export type Source = 'recording' | 'synthetic' | 'recovery';

const named: Record<Source, string> = {
  recording: '--recording <file>',
  synthetic: '--synthetic <model>',
  recovery: '--recovery',
};

/** Options that mean something with some sources only, by their attribute names. */
const restricted: readonly { options: readonly (keyof CompareOptions)[]; sources: readonly Source[] }[] = [
  {
    options: ['events', 'channel', 'variable', 'rate', 'rename', 'ignore', 'bin', 'memory', 'dff', 'utility'],
    sources: ['recording'],
  },
  { options: ['align', 'baseline', 'folds'], sources: ['recording', 'synthetic'] },
  { options: ['trials', 'neurons'], sources: ['synthetic', 'recovery'] },
  { options: ['datasets', 'keep'], sources: ['recovery'] },
];

/**
 * The one source that was asked for.
 *
 * @throws UsageError unless there is one, and for options that would be ignored with it
 */
export function sourceOf(command: Command): Source {
  const options = command.opts<CompareOptions>();
  const asked = (['recording', 'synthetic', 'recovery'] as const).filter((source) => options[source] !== undefined);
  const [source] = asked;
  if (asked.length !== 1) {
    const what = Object.values(named)
      .join(', ')
      .replace(/, ([^,]*)$/, ' and $1');
    throw new UsageError(`Expected one of ${what}, got ${asked.length === 0 ? 'none' : asked.length}.`);
  }
  for (const { options: names, sources } of restricted) {
    if (sources.includes(source)) continue;
    const given = names.find((name) => command.getOptionValueSource(name) === 'cli');
    if (given === undefined) continue;
    throw new UsageError(
      `--${given} goes with ${sources.map((one) => named[one]).join(' or ')}: with ${named[source]} it would mean nothing.`,
    );
  }
  if (options.neurons !== undefined && options.signal !== 'spikes') {
    throw new UsageError('--neurons goes with --signal spikes: fluorescence is made up without them.');
  }
  return source;
}
