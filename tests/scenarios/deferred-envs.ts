import type { SyncVectorEnv } from '../../src/core/sync-vector-env.ts';
import type { EnvGroup, VectorEnv, VectorEnvState } from '../../src/core/vector-env.ts';

/**
 * Batches as groups of one, which gives promises as environments in other processes do. The step of a group is taken
 * no sooner than `answer` is called with its number.
 */
export function deferred(parts: readonly SyncVectorEnv[]): { envs: VectorEnv; answer(group: number): void } {
  const [first] = parts;
  let numEnvs = 0;
  const groups = parts.map(({ numEnvs: count }): EnvGroup => {
    numEnvs += count;
    return { start: numEnvs - count, count };
  });
  const blocks = {
    observations: new Float32Array(numEnvs * first.observationSize),
    finalObservations: new Float32Array(numEnvs * first.observationSize),
    rewards: new Float64Array(numEnvs),
    terminated: new Uint8Array(numEnvs),
    truncated: new Uint8Array(numEnvs),
    signals: new Float64Array(numEnvs * first.signalNames.length),
    startSignals: new Float64Array(numEnvs * first.signalNames.length),
  };
  const read = (k: number): void => {
    for (const [name, block] of Object.entries(blocks)) {
      const rows = parts[k][name as keyof typeof blocks];
      block.set(rows, groups[k].start * (rows.length / parts[k].numEnvs));
    }
  };
  const each = async (act: (part: SyncVectorEnv, k: number) => void): Promise<void> => {
    await new Promise(setImmediate);
    parts.forEach((part, k) => {
      act(part, k);
      read(k);
    });
  };

  const answers = new Map<number, () => void>();
  const stepGroup = async (actions: Float32Array, k: number): Promise<void> => {
    const { start, count } = groups[k];
    const rows = actions.slice(start * first.actionSize, (start + count) * first.actionSize);
    await new Promise<void>((resolve) => answers.set(k, resolve));
    parts[k].step(rows);
    read(k);
  };

  const envs: VectorEnv = {
    numEnvs,
    autoreset: first.autoreset,
    groups,
    observationSpace: first.observationSpace,
    actionSpace: first.actionSpace,
    observationSize: first.observationSize,
    actionSize: first.actionSize,
    signalNames: first.signalNames,
    ...blocks,
    reset: () => each((part) => part.reset()),
    step: async (actions, group) => {
      const stepped = group ? [groups.indexOf(group)] : [...groups.keys()];
      await Promise.all(stepped.map((k) => stepGroup(actions, k)));
    },
    getState: () => ({ complete: true, state: parts.map((part) => part.getState()) }),
    setState: ({ state }) => each((part, k) => part.setState((state as VectorEnvState[])[k])),
    close: () => {},
  };
  return { envs, answer: (group) => answers.get(group)?.() };
}
